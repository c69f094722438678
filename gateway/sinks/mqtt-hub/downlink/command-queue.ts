import type { IPublishPacket } from 'mqtt';
import { incomingPublish } from '#gateway/sinks/mqtt-hub/incoming-publish.ts';
import type { Downlink } from '#gateway/sinks/mqtt-hub/session.ts';
import { MAX_COMMANDS_PER_SECOND } from './command-intake.ts';

/** What a {@link CommandQueue} tells. */
export interface CommandListener {
  /** The publish is dealt with; these come in the order of the publishes [MQTT-4.6.0-2]. */
  acknowledge(packet: IPublishPacket): void;
  /** It cannot be: nothing behind it is taken any more. */
  fail(error: unknown): void;
}

/**
 * As much of what the hub sent waits for its turn. Beyond that nothing is read from the hub, and so no acknowledgement of what goes up:
 * 3 MiB hold what any hub sends with QoS 1 before it is answered, unless it goes by no bound.
 */
export const MAX_WAITING_BYTES = 3 * 1024 * 1024;
/** As many wait at most where another one of QoS 0 is to find a place: a second of what is taken in. The hub would not send it again, and does not wait. */
export const MAX_WAITING_BEFORE_QOS_0 = MAX_COMMANDS_PER_SECOND;
/** What a publish takes beside its payload. */
const PUBLISH_BYTES = 1024;
/** After so many publishes the rest of the gateway has its turn of the event loop: MQTT.js hands over in one all that was read. */
const PUBLISHES_PER_TURN = 32;

/**
 * Publishes of the hub, taken one after the other, while what else the hub says is heard: where the journal is full until the hub has
 * taken what is in it, a command that waited in the way of the acknowledgements would wait for ever.
 */
export class CommandQueue {
  readonly #downlink: Pick<Downlink, 'receive' | 'drop'>;
  readonly #listener: CommandListener;
  readonly #waiting: IPublishPacket[] = [];
  #waitingBytes = 0;
  #isTaking = false;
  #hasFailed = false;
  #pushedCount = 0;
  #onRoom: (() => void) | undefined;

  constructor(downlink: Pick<Downlink, 'receive' | 'drop'>, listener: CommandListener) {
    this.#downlink = downlink;
    this.#listener = listener;
  }

  /** @param next is called back when more may come: at once, while there is room */
  push(packet: IPublishPacket, next: () => void): void {
    this.#pushedCount += 1;
    this.#onRoom = this.#pushedCount % PUBLISHES_PER_TURN === 0 ? () => void setImmediate(next) : next;
    if (packet.qos === 0 && !this.#hasRoomFor(packet)) this.#downlink.drop(packet.topic);
    else {
      this.#waiting.push(packet);
      this.#waitingBytes += sizeOf(packet);
      if (!this.#isTaking) void this.#takeAll();
    }
    this.#askForMore();
  }

  /** What there is no room for whatever waits is judged like any other. */
  #hasRoomFor(packet: IPublishPacket): boolean {
    if (this.#waitingBytes === 0) return true;
    const isFull = this.#waitingBytes + sizeOf(packet) >= MAX_WAITING_BYTES;
    return !isFull && this.#waiting.length < MAX_WAITING_BEFORE_QOS_0;
  }

  async #takeAll(): Promise<void> {
    this.#isTaking = true;
    for (let packet = this.#waiting.shift(); packet !== undefined; packet = this.#waiting.shift()) {
      try {
        await this.#downlink.receive(incomingPublish(packet));
      } catch (error) {
        this.#hasFailed = true;
        this.#listener.fail(error);
      }
      // After a failure the hub has the others still, and sends them in the next session.
      if (this.#hasFailed) this.#waiting.length = 0;
      else this.#listener.acknowledge(packet);
      this.#waitingBytes -= sizeOf(packet);
      this.#askForMore();
    }
    this.#isTaking = false;
  }

  #askForMore(): void {
    if (this.#waitingBytes >= MAX_WAITING_BYTES && !this.#hasFailed) return;
    const next = this.#onRoom;
    this.#onRoom = undefined;
    next?.();
  }
}

function sizeOf({ payload }: IPublishPacket): number {
  return payload.length + PUBLISH_BYTES;
}
