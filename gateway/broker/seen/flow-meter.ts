import type { Traffic } from '#gateway/broker/guarded-connection.ts';
import type { Flow } from '#gateway/model/live-clients.ts';

/** How much goes over a connection, in all and over the last one or two intervals between {@link FlowMeter.sample}s. */
export class FlowMeter {
  #before: Sample;
  #last: Sample;

  constructor(nowMs: number) {
    this.#before = { atMs: nowMs, traffic: NOTHING };
    this.#last = this.#before;
  }

  /** Called once an interval. */
  sample(nowMs: number, traffic: Traffic): void {
    this.#before = this.#last;
    this.#last = { atMs: nowMs, traffic };
  }

  read(nowMs: number, traffic: Traffic): { readonly received: Flow; readonly sent: Flow } {
    const { atMs, traffic: before } = this.#before;
    const seconds = Math.max(nowMs - atMs, 1) / 1000;
    const perSecond = (now: number, then: number) => Math.round((10 * (now - then)) / seconds) / 10;
    return {
      received: {
        publishCount: traffic.receivedPublishCount,
        bytes: traffic.receivedBytes,
        publishesPerSecond: perSecond(traffic.receivedPublishCount, before.receivedPublishCount),
        bytesPerSecond: perSecond(traffic.receivedBytes, before.receivedBytes),
      },
      sent: {
        publishCount: traffic.sentPublishCount,
        bytes: traffic.sentBytes,
        publishesPerSecond: perSecond(traffic.sentPublishCount, before.sentPublishCount),
        bytesPerSecond: perSecond(traffic.sentBytes, before.sentBytes),
      },
    };
  }
}

interface Sample {
  readonly atMs: number;
  readonly traffic: Traffic;
}

const NOTHING: Traffic = { receivedBytes: 0, sentBytes: 0, receivedPublishCount: 0, sentPublishCount: 0 };
