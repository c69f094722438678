import type { OutgoingEvent } from '#gateway/sinks/delivery/target.ts';
import { type BatchBounds, Gatherer } from '#gateway/sinks/meter/gatherer.ts';
import type { SinkMeter } from '#gateway/sinks/meter/sink-meter.ts';
import { publishWireBytes } from '#gateway/sinks/meter/wire-bytes.ts';
import type { GatewayNames } from '#gateway/sinks/target-type.ts';
import { MAX_PUBLISH_BYTES } from './batch/batch.ts';
import { type BatchPart, composePart } from './batch/compose-part.ts';
import { type BatchFormat, packBatches } from './batch/pack-batches.ts';
import { composePublish, type PublishFormat } from './compose-publish.ts';
import type { HubKeys } from './mqtt-sink-options.ts';

/** By single publishes, or by batches. */
export function openPublishMeter({ url, batch, ...keys }: HubKeys, names: GatewayNames): SinkMeter {
  const isTls = url.startsWith('mqtts:');
  const { prefix, protocol, envelope } = keys;
  const format = { prefix, protocol, envelope, ...names };
  if (batch === 'off') return new PublishMeter(format, isTls);
  return new BatchMeter({ ...format, codec: batch.codec }, batch, isTls);
}

class PublishMeter implements SinkMeter {
  readonly basis = 'each event by itself; while a backlog is sent events share packets and take less';
  readonly #format: PublishFormat;
  readonly #isTls: boolean;
  #wireBytes = 0;

  constructor(format: PublishFormat, isTls: boolean) {
    this.#format = format;
    this.#isTls = isTls;
  }

  add(event: OutgoingEvent): number {
    const { sizeBytes } = composePublish(this.#format, event);
    this.#wireBytes += publishWireBytes(sizeBytes, this.#isTls);
    return sizeBytes;
  }

  wireBytes(): number {
    return this.#wireBytes;
  }
}

class BatchMeter implements SinkMeter {
  readonly basis: string;
  readonly #gatherers = new Map<string, Gatherer<BatchPart>>();
  readonly #bounds: BatchBounds;
  readonly #flush: (parts: readonly BatchPart[]) => void;
  #wireBytes = 0;

  constructor(format: BatchFormat, bounds: BatchBounds, isTls: boolean) {
    const { maxAgeMs, maxEvents } = bounds;
    this.basis = `in batches as they would be sent, compressed: ${maxEvents} events, or after ${maxAgeMs} ms`;
    this.#bounds = bounds;
    this.#flush = (parts) => {
      for (const { packet } of packBatches(format, parts, MAX_PUBLISH_BYTES))
        this.#wireBytes += publishWireBytes(packet.sizeBytes, isTls);
    };
  }

  add(event: OutgoingEvent): number {
    const part = composePart(event);
    const { stream, record } = event.stored;
    const gatherer = this.#gatherers.get(stream) ?? new Gatherer(this.#bounds, this.#flush);
    this.#gatherers.set(stream, gatherer);
    gatherer.add(part, part.sizeBytes, record.stamp);
    return part.sizeBytes;
  }

  wireBytes(): number {
    for (const gatherer of this.#gatherers.values()) gatherer.end();
    return this.#wireBytes;
  }
}
