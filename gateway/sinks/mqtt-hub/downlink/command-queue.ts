import type { IPublishPacket } from 'mqtt';
import { incomingPublish } from '#gateway/sinks/mqtt-hub/incoming-publish.ts';
import type { Downlink } from '#gateway/sinks/mqtt-hub/session.ts';

/** What a {@link CommandQueue} tells. */
export interface CommandListener {
  /** The publish is dealt with; these come in the order of the publishes [MQTT-4.6.0-2]. */
  acknowledge(packet: IPublishPacket): void;
  /** It cannot be: nothing behind it is taken any more. */
  fail(error: unknown): void;
}

/**
 * As much of what the hub sent waits for its turn. Beyond that nothing is read from the hub, and so no acknowledgement of what goes up:
 * 3 MiB hold what any hub sends without an answer, unless it goes by no bound.
 */
export const MAX_WAITING_BYTES = 3 * 1024 * 1024;
/** What a publish takes beside its payload. */
const PUBLISH_BYTES = 1024;

/**
 * Publishes of the hub, taken one after the other, while what else the hub says is heard: where the journal is full until the hub has
 * taken what is in it, a command that waited in the way of the acknowledgements would wait for ever.
 */
export class CommandQueue {
  readonly #downlink: Pick<Downlink, 'receive'>;
  readonly #listener: CommandListener;
  readonly #waiting: IPublishPacket[] = [];
  #waitingBytes = 0;
  #isTaking = false;
  #hasFailed = false;
  #onRoom: (() => void) | undefined;

  constructor(downlink: Pick<Downlink, 'receive'>, listener: CommandListener) {
    this.#downlink = downlink;
    this.#listener = listener;
  }

  /** @param next is called back when more may come: at once, while there is room */
  push(packet: IPublishPacket, next: () => void): void {
    this.#waiting.push(packet);
    this.#waitingBytes += sizeOf(packet);
    this.#onRoom = next;
    if (!this.#isTaking) void this.#takeAll();
    this.#askForMore();
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
