import type { IPublishPacket } from 'mqtt';
import { type Clock, wait } from '#gateway/runtime/clock.ts';
import { incomingPublish } from '#gateway/sinks/mqtt-hub/incoming-publish.ts';
import type { Downlink } from '#gateway/sinks/mqtt-hub/session.ts';
import { MAX_COMMANDS_PER_SECOND } from './command-intake.ts';

/** What a {@link CommandQueue} tells. */
export interface CommandListener {
  /** The publish is dealt with; these come in the order of the publishes [MQTT-4.6.0-2]. */
  acknowledge(packet: IPublishPacket): void;
  /** It cannot be: nothing behind it is taken any more. */
  fail(error: unknown): void;
  /** More came than may wait; what did wait is dealt with, and the hub has kept the rest for a while: it sends it in the next session. */
  overrun(): void;
}

type QueuedDownlink = Pick<Downlink, 'receive' | 'drop' | 'holdMs'>;

/** As much of what the hub sent waits for its turn: more than any hub sends with QoS 1 before it is answered, unless it goes by no bound. */
const MAX_WAITING_BYTES = 3 * 1024 * 1024;
/** As many wait at most where another one of QoS 0 is to find a place: a second of what is taken in. The hub would not send it again, and does not wait. */
export const MAX_WAITING_BEFORE_QOS_0 = MAX_COMMANDS_PER_SECOND;
/** What a publish takes beside its bytes. */
const PUBLISH_BYTES = 1024;
/** After so many publishes the rest of the gateway has its turn of the event loop: MQTT.js hands over in one all that was read. */
const PUBLISHES_PER_TURN = 32;

/**
 * Publishes of the hub, taken one after the other, while what else the hub says is heard: where the journal is full until the hub has
 * taken what is in it, a command that waited in the way of the acknowledgements would wait for ever.
 */
export class CommandQueue {
  readonly #downlink: QueuedDownlink;
  readonly #listener: CommandListener;
  readonly #clock: Clock;
  readonly #waiting: { readonly packet: IPublishPacket; readonly arrivedMs: number }[] = [];
  #waitingBytes = 0;
  #isTaking = false;
  #state: 'open' | 'overrun' | 'stopped' = 'open';
  #pushedCount = 0;

  constructor(downlink: QueuedDownlink, listener: CommandListener, clock: Clock) {
    this.#downlink = downlink;
    this.#listener = listener;
    this.#clock = clock;
  }

  /** @param next is called back when more may come */
  push(packet: IPublishPacket, next: () => void): void {
    this.#pushedCount += 1;
    if (this.#state === 'open') this.#enter(packet);
    if (this.#pushedCount % PUBLISHES_PER_TURN === 0) setImmediate(next);
    else next();
  }

  /** The connection is gone: what waits comes again in the next, and would be published twice. */
  stop(): void {
    this.#state = 'stopped';
    this.#waiting.length = 0;
  }

  #enter(packet: IPublishPacket): void {
    if (packet.qos === 0 && !this.#hasRoomFor(packet)) {
      this.#downlink.drop(packet.topic);
      return;
    }
    if (this.#waitingBytes >= MAX_WAITING_BYTES) {
      // Nothing behind it either: the order would be lost [MQTT-4.6.0-5].
      this.#state = 'overrun';
      return;
    }
    this.#waiting.push({ packet, arrivedMs: this.#clock.monotonicMs() });
    this.#waitingBytes += sizeOf(packet);
    if (!this.#isTaking) void this.#takeAll();
  }

  /** What there is no room for whatever waits is judged like any other. */
  #hasRoomFor(packet: IPublishPacket): boolean {
    if (this.#waitingBytes === 0) return true;
    const isFull = this.#waitingBytes + sizeOf(packet) >= MAX_WAITING_BYTES;
    return !isFull && this.#waiting.length < MAX_WAITING_BEFORE_QOS_0;
  }

  async #takeAll(): Promise<void> {
    this.#isTaking = true;
    let count = 0;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      await this.#take(next.packet, next.arrivedMs);
      this.#waitingBytes -= sizeOf(next.packet);
      count += 1;
      if (count % PUBLISHES_PER_TURN === 0) await new Promise(setImmediate);
    }
    this.#isTaking = false;
    if (this.#state === 'overrun') await this.#endOverrun();
  }

  /** Not at once: a hub that goes by no bound would have a new connection as often as it can fill this queue. */
  async #endOverrun(): Promise<void> {
    await wait(this.#clock, this.#downlink.holdMs);
    if (this.#state === 'overrun') this.#listener.overrun();
  }

  async #take(packet: IPublishPacket, arrivedMs: number): Promise<void> {
    try {
      await this.#downlink.receive(incomingPublish(packet), arrivedMs);
    } catch (error) {
      this.stop();
      this.#listener.fail(error);
    }
    if (this.#state !== 'stopped') this.#listener.acknowledge(packet);
  }
}

/** Topic and properties count as the payload does. */
function sizeOf({ length, payload }: IPublishPacket): number {
  return (length ?? payload.length) + PUBLISH_BYTES;
}
