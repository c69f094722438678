import type { Logger } from '#gateway/runtime/logger.ts';
import type { DeliveryState } from './delivery-state.ts';
import type { Packet } from './target.ts';

/** Says in the log what a person would want to know: that the connection came, went, or needs help; that a lane stands still. */
export function logTransition<P extends Packet>(
  logger: Logger,
  before: DeliveryState<P>,
  after: DeliveryState<P>,
  nowMs: number,
): void {
  logPhase(logger, before, after, nowMs);
  for (const [index, lane] of after.lanes.entries()) {
    const { blocked } = lane;
    if (blocked === undefined || blocked.sequence === before.lanes[index]?.blocked?.sequence) continue;
    const { stream } = lane;
    logger.error({ stream, sequence: blocked.sequence, error: blocked.error }, 'A lane waits at an event.');
  }
}

function logPhase<P extends Packet>(
  logger: Logger,
  before: DeliveryState<P>,
  after: DeliveryState<P>,
  nowMs: number,
): void {
  const { phase, lastError } = after;
  if (phase.kind === before.phase.kind) return;
  switch (phase.kind) {
    case 'online':
      logger.info({ grant: phase.grant }, 'Connected.');
      break;
    case 'waiting':
      logger.warn({ error: lastError, retryInMs: Math.round(phase.untilMs - nowMs) }, 'Not connected.');
      break;
    case 'paused':
      logger.error({ error: lastError, retryInMs: Math.round(phase.untilMs - nowMs) }, 'Paused.');
      break;
    case 'connecting':
    case 'draining':
    case 'stopped':
      logger.debug({ phase: phase.kind }, 'The delivery loop moved on.');
      break;
  }
}
