import type { Logger } from '#gateway/runtime/logger.ts';
import { eventId } from '#gateway/sinks/own-event.ts';
import type { DeliveryAction, DeliveryState } from './delivery-state.ts';
import type { Packet } from './target.ts';

/** Says in the log what a person would want to know: that the connection came, went, or needs help; that a lane stands still. */
export function logTransition<P extends Packet>(
  logger: Logger,
  before: DeliveryState<P>,
  after: DeliveryState<P>,
  nowMs: number,
): void {
  logPhase(logger, before, after, nowMs);
  for (const { stream, runs } of after.lanes) {
    for (const { id, blocked } of runs) {
      if (blocked === undefined || wasBlockedAt(before, id) === blocked.sequence) continue;
      logger.error({ stream, sequence: blocked.sequence, error: blocked.error }, 'A lane waits at an event.');
    }
  }
}

/** The 1st, 2nd, 4th, 8th … refusal since the start: a sensor may be wrong a hundred times a second. */
export function logRefusal<P extends Packet>(
  logger: Logger,
  count: number,
  { kind, entry: { stored }, error }: Extract<DeliveryAction<P>, { kind: 'bury' | 'passOver' }>,
): void {
  if (!Number.isInteger(Math.log2(count))) return;
  const fields = { event: eventId(stored), topic: stored.record.topic, error, refusalCount: count };
  if (kind === 'bury') logger.warn(fields, 'An event was refused for good. It goes to the dead letters.');
  else logger.warn(fields, 'News of a loss was refused. It is passed over.');
}

function wasBlockedAt<P extends Packet>({ lanes }: DeliveryState<P>, runId: number): number | undefined {
  for (const { runs } of lanes) for (const { id, blocked } of runs) if (id === runId) return blocked?.sequence;
  return undefined;
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
      if (lastError?.code === 'hub.renewed') logger.info({ reason: lastError.message }, 'The connection is made anew.');
      else logger.warn({ error: lastError, retryInMs: Math.round(phase.untilMs - nowMs) }, 'Not connected.');
      break;
    case 'paused':
      logger.error({ error: lastError, retryInMs: Math.round(phase.untilMs - nowMs) }, 'Paused.');
      break;
    case 'held':
      logger.info({}, 'Not connected: the mode of the link is off, or its budget of the day is spent.');
      break;
    case 'connecting':
    case 'draining':
    case 'stopped':
      logger.debug({ phase: phase.kind }, 'The delivery loop moved on.');
      break;
  }
}
