import type { BatchKeys } from '#gateway/sinks/batch-keys.ts';
import type { OutgoingEvent } from '#gateway/sinks/delivery/target.ts';
import { Gatherer, REQUEST_INTERVAL_MS } from '#gateway/sinks/meter/gatherer.ts';
import type { SinkMeter } from '#gateway/sinks/meter/sink-meter.ts';
import { requestWireBytes } from '#gateway/sinks/meter/wire-bytes.ts';
import { composeEvent } from './compose-event.ts';

/** What it goes by. */
export interface RequestKeys {
  readonly url: string;
  readonly batch: BatchKeys;
}

/** Its three headers. */
const SIGNATURE_BYTES = 200;

/** By the requests that would be made. */
export class RequestMeter implements SinkMeter {
  readonly basis = 'a request for what came within a second';
  readonly #gatewayUid: string;
  readonly #gatherer: Gatherer<number>;
  #wireBytes = 0;

  constructor(sink: RequestKeys, gatewayUid: string) {
    this.#gatewayUid = gatewayUid;
    const isTls = sink.url.startsWith('https:');
    this.#gatherer = new Gatherer({ ...sink.batch, maxAgeMs: REQUEST_INTERVAL_MS }, (sizes) => {
      const bodyBytes = sizes.reduce((sum, size) => sum + size, SIGNATURE_BYTES);
      this.#wireBytes += requestWireBytes(bodyBytes, isTls);
    });
  }

  add(event: OutgoingEvent): number {
    const { sizeBytes } = composeEvent(this.#gatewayUid, event);
    this.#gatherer.add(sizeBytes, sizeBytes, event.stored.record.stamp);
    return sizeBytes;
  }

  wireBytes(): number {
    this.#gatherer.end();
    return this.#wireBytes;
  }
}
