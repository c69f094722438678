import { LoadClient, type Target } from './load-client.ts';
import { encodePublishRing, PACKET_TYPE, type PublishRing } from './mqtt-bytes.ts';

/** How a publisher sends. */
export interface Pace {
  readonly qos: 0 | 1;
  /** Publishes in flight at once (QoS 1), or in one write (QoS 0). */
  readonly windowSize: number;
  /** Whether the whole window must be acknowledged before the next is sent: one commit per window. */
  readonly isLockstep: boolean;
  /** Nothing more is sent after so many publishes. */
  readonly messageCount: number;
  readonly payloadBytes?: number;
  /** Whether the subscriber follows; while it does not, nothing is sent. */
  readonly isFollowed: () => boolean;
}

/** More than may be on its way at once, and a valid packet id. */
const SLOT_COUNT = 8192;

/** One publisher: sends slices of a ring made beforehand, as fast as its window lets it. */
export class LoadPublisher implements Disposable {
  readonly #ring: PublishRing;
  readonly #pace: Pace;
  readonly #sentAtMs = new Float64Array(SLOT_COUNT);
  readonly #finished = Promise.withResolvers<void>();
  /** From the write to the PUBACK. */
  readonly latenciesMs: number[] = [];
  #client: LoadClient | undefined;
  #endMs = 0;
  #slot = 0;
  #sentCount = 0;
  #acknowledgedCount = 0;
  #refillCount = 0;
  #isRefillScheduled = false;

  constructor(topic: string, index: number, pace: Pace) {
    this.#ring = encodePublishRing(topic, pace.qos, index, SLOT_COUNT, pace.payloadBytes);
    this.#pace = pace;
  }

  get sentCount(): number {
    return this.#sentCount;
  }

  get acknowledgedCount(): number {
    return this.#acknowledgedCount;
  }

  /** Resolves when everything is sent and, with QoS 1, acknowledged. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  async connect(target: Target, clientId: string): Promise<void> {
    this.#client = await LoadClient.open(target, clientId, (firstByte, bytes, start) => {
      if (firstByte >> 4 === PACKET_TYPE.puback) this.#acknowledge(bytes.readUInt16BE(start));
    });
  }

  /** @param endMs nothing more is sent after this moment of `performance.now()` */
  start(endMs: number): void {
    this.#endMs = endMs;
    if (this.#pace.qos === 0) void this.#flood().then(this.#finished.resolve, this.#finished.reject);
    else this.#send(this.#pace.windowSize);
  }

  [Symbol.dispose](): void {
    this.#client?.[Symbol.dispose]();
  }

  #acknowledge(packetId: number): void {
    this.#acknowledgedCount++;
    this.latenciesMs.push(performance.now() - (this.#sentAtMs[packetId - 1] ?? 0));
    this.#refillCount++;
    if (this.#pace.isLockstep && this.#acknowledgedCount < this.#sentCount) return;
    if (this.#isRefillScheduled) return;
    this.#isRefillScheduled = true;
    // After the chunk that brought it: its acknowledgements are answered with one write.
    queueMicrotask(() => this.#refill());
  }

  #refill(): void {
    if (!this.#pace.isFollowed()) {
      setImmediate(() => this.#refill());
      return;
    }
    this.#isRefillScheduled = false;
    const count = this.#refillCount;
    this.#refillCount = 0;
    this.#send(count);
  }

  #send(wantedCount: number): void {
    const nowMs = performance.now();
    const wantedMore = Math.min(wantedCount, this.#pace.messageCount - this.#sentCount);
    let count = nowMs >= this.#endMs ? 0 : wantedMore;
    if (count === 0 && this.#acknowledgedCount === this.#sentCount) this.#finished.resolve();
    while (count > 0) {
      const part = Math.min(count, this.#ring.slotCount - this.#slot);
      this.#sentAtMs.fill(nowMs, this.#slot, this.#slot + part);
      this.#writeSlots(part);
      count -= part;
    }
  }

  async #flood(): Promise<void> {
    const { windowSize, messageCount, isFollowed } = this.#pace;
    while (performance.now() < this.#endMs && this.#sentCount < messageCount) {
      const wanted = Math.min(windowSize, messageCount - this.#sentCount, this.#ring.slotCount - this.#slot);
      if (isFollowed() && !this.#writeSlots(wanted)) await this.#client?.drained();
      else await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #writeSlots(count: number): boolean {
    const { bytes, stride, slotCount } = this.#ring;
    const start = this.#slot * stride;
    this.#slot = (this.#slot + count) % slotCount;
    this.#sentCount += count;
    return this.#client?.write(bytes.subarray(start, start + count * stride)) ?? false;
  }
}
