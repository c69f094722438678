/**
 * Sinks carry events out of the gateway: each reads the journal from its own cursors and hands every event that passes its
 * filter to one target, at least once and in order.
 *
 * A sink never takes anything in, never holds back another sink, and never forgets an event that its target has not
 * acknowledged. Start reading at `delivery/delivery.ts` (the loop) and `delivery/target.ts` (what a target must do).
 */
import type { RetryPolicy } from '#gateway/runtime/retry-schedule.ts';
import { compileShaper } from './shape/compile-shaper.ts';
import type { Sink } from './sink-options.ts';
import { type SinkOptions, targetTypeOf } from './target-types.ts';

/** Backoff between attempts, unless configured [D5]. */
export const DEFAULT_RETRY: RetryPolicy = { firstDelayMs: 1000, maxDelayMs: 60_000 };
/** From the start of the attempt to CONNACK, unless configured. */
export const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
/** See `pauseMs`, unless configured. */
const DEFAULT_PAUSE_MS = 60_000;
/** How long closing waits for acknowledgements. */
const DRAIN_TIMEOUT_MS = 3000;

/**
 * Opens a sink; it succeeds although the hub is unreachable, and goes on trying.
 *
 * @throws WaystationError `config.invalid` for an impossible combination of options
 */
export async function openSink(options: SinkOptions): Promise<Sink> {
  const { id, journal, deadLetters, lanes, from, clock } = options;
  const connectTimeoutMs = options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS;
  const logger = options.logger.child({ sink: id });
  const type = await targetTypeOf(options);
  const common = {
    ...{ id, journal, deadLetters, lanes, from, clock, logger, link: options.link, onPhase: options.onPhase },
    shaper: compileShaper(options.filter),
    policy: {
      retry: options.retry ?? DEFAULT_RETRY,
      connectTimeoutMs,
      pauseMs: options.pauseMs ?? DEFAULT_PAUSE_MS,
      drainTimeoutMs: DRAIN_TIMEOUT_MS,
      timeoutCode: type.timeoutCode,
      order: options.order ?? 'oldestFirst',
      urgentLanes: options.urgentLanes ?? [],
      meteredLanes: options.meteredLanes ?? [],
      random: options.random,
    },
  };
  return type.open(options, common);
}
