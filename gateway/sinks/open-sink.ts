/**
 * Sinks carry events out of the gateway: each reads the journal from its own cursors and hands every event that passes its
 * filter to one target, at least once and in order.
 *
 * A sink never takes anything in, never holds back another sink, and never forgets an event that its target has not
 * acknowledged. Start reading at `delivery/delivery.ts` (the loop) and `delivery/target.ts` (what a target must do).
 */
import type { RetryPolicy } from '#gateway/runtime/retry-schedule.ts';
import type { BatchKeys } from './batch-keys.ts';
import { openDelivery } from './delivery/delivery.ts';
import type { DeliveryPolicy } from './delivery/delivery-state.ts';
import { compileShaper } from './shape/compile-shaper.ts';
import type { Sink, SinkOptions } from './sink-options.ts';

/** Backoff between attempts, unless configured [D5]. */
export const DEFAULT_RETRY: RetryPolicy = { firstDelayMs: 1000, maxDelayMs: 60_000 };
/** From the start of the attempt to CONNACK, unless configured. */
export const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
/** See `pauseMs`, unless configured. */
const DEFAULT_PAUSE_MS = 60_000;
/** By the type of the sink. */
const TIMEOUT_CODES = {
  mqtt: 'hub.timeout',
  influxdb: 'influxdb.timeout',
  webhook: 'webhook.timeout',
  file: 'file.timeout',
} as const;
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
  const common = {
    ...{ id, journal, deadLetters, lanes, from, clock, logger, link: options.link, onPhase: options.onPhase },
    shaper: compileShaper(options.filter),
    policy: {
      retry: options.retry ?? DEFAULT_RETRY,
      connectTimeoutMs,
      pauseMs: options.pauseMs ?? DEFAULT_PAUSE_MS,
      drainTimeoutMs: DRAIN_TIMEOUT_MS,
      timeoutCode: TIMEOUT_CODES[options.type],
      order: options.order ?? 'oldestFirst',
      urgentLanes: options.urgentLanes ?? [],
      meteredLanes: options.meteredLanes ?? [],
      random: options.random,
    },
  };
  // The code of a target is loaded where one is configured.
  switch (options.type) {
    case 'mqtt': {
      const { openHubSink } = await import('./mqtt-hub/open-hub-sink.ts');
      return openHubSink(options, common);
    }
    case 'influxdb': {
      const { influxdbTarget } = await import('./influxdb/influxdb-keys.ts');
      const { MAX_REQUESTS_PER_SEND } = await import('./influxdb/influxdb-connection.ts');
      const target = influxdbTarget(id, options.gatewayId, options);
      // Each request has that deadline itself; a batch may take several.
      const ackTimeoutMs = MAX_REQUESTS_PER_SEND * options.window.ackTimeoutMs;
      return openDelivery({
        ...common,
        target,
        policy: { ...common.policy, ...inBatches(options.batch, ackTimeoutMs) },
      });
    }
    case 'webhook': {
      const { WebhookTarget } = await import('./webhook/webhook-target.ts');
      const { ackTimeoutMs } = options.window;
      const target = new WebhookTarget({ ...options, requestTimeoutMs: ackTimeoutMs });
      return openDelivery({
        ...common,
        target,
        policy: { ...common.policy, ...inBatches(options.batch, ackTimeoutMs) },
      });
    }
    case 'file': {
      const { fileTarget, MAX_WRITE_MS } = await import('./file/file-keys.ts');
      return openDelivery({
        ...common,
        target: fileTarget(options),
        policy: { ...common.policy, ...inBatches(options.batch, MAX_WRITE_MS) },
      });
    }
  }
}

/** One batch is all that is in flight. */
function inBatches(
  { maxAgeMs = 0, ...limits }: BatchKeys,
  ackTimeoutMs: number,
): Pick<DeliveryPolicy, 'window' | 'batch'> {
  const window = { ...limits, ackTimeoutMs };
  return maxAgeMs === 0 ? { window } : { window, batch: { ...limits, maxAgeMs } };
}
