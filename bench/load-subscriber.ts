import { LoadClient, type Target } from './load-client.ts';
import { encodePuback, PACKET_TYPE, readPublishPacketId, readSlot } from './mqtt-bytes.ts';

/** A subscriber: counts what is delivered, acknowledges it, and looks for gaps. */
export class LoadSubscriber implements Disposable {
  readonly #lastSlots = new Map<number, number>();
  readonly #qos: 0 | 1;
  #client: LoadClient | undefined;
  #deliveredCount = 0;
  #gapCount = 0;
  #lastDeliveryMs = 0;
  #acknowledgements: Buffer[] = [];

  constructor(qos: 0 | 1) {
    this.#qos = qos;
  }

  get deliveredCount(): number {
    return this.#deliveredCount;
  }

  /** How often a publish was not the one behind its publisher's last. */
  get gapCount(): number {
    return this.#gapCount;
  }

  /** When the last publish came, by `performance.now()`. */
  get lastDeliveryMs(): number {
    return this.#lastDeliveryMs;
  }

  async connect(target: Target, clientId: string, filter: string): Promise<void> {
    const subscription = { filter, qos: this.#qos };
    this.#client = await LoadClient.openSubscriber(target, clientId, subscription, (firstByte, bytes, start) => {
      if (firstByte >> 4 !== PACKET_TYPE.publish) return;
      this.#take(bytes, start, firstByte & 0x06);
      if ((firstByte & 0x06) !== 0) this.#acknowledge(readPublishPacketId(bytes, start));
    });
  }

  [Symbol.dispose](): void {
    this.#client?.[Symbol.dispose]();
  }

  #take(bytes: Buffer, headerStart: number, qos: number): void {
    this.#deliveredCount++;
    this.#lastDeliveryMs = performance.now();
    const { publisher, slot } = readSlot(bytes, headerStart, qos);
    const last = this.#lastSlots.get(publisher);
    // Slots begin again at 0 behind the last one.
    if (last !== undefined && slot !== last + 1 && slot !== 0) this.#gapCount++;
    this.#lastSlots.set(publisher, slot);
  }

  #acknowledge(packetId: number): void {
    if (this.#acknowledgements.length === 0) {
      queueMicrotask(() => {
        this.#client?.write(Buffer.concat(this.#acknowledgements));
        this.#acknowledgements = [];
      });
    }
    this.#acknowledgements.push(encodePuback(packetId));
  }
}
