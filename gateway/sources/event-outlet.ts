import type { Message, Publisher } from '#gateway/model/message.ts';

/** Publishes of one source that may wait for their answer; what is beyond waits here, with the port held. */
export const MAX_UNANSWERED_PUBLISHES = 256;

/**
 * Where a source hands over its events, in order, at QoS 1.
 *
 * Memory stays bounded: from {@link MAX_UNANSWERED_PUBLISHES} on it asks to hold the port, and keeps only the events of the bytes
 * that had been read by then.
 */
export class EventOutlet {
  readonly #publisher: Publisher;
  readonly #deviceId: string;
  readonly #onHold: (isHeld: boolean) => void;
  readonly #waiting: Message[] = [];
  #isPumping = false;
  #unansweredCount = 0;
  #publishedCount = 0;
  #refusedCount = 0;
  #onIdle: (() => void) | undefined;

  /** @param onHold told true when the port must be held, false when it may go on */
  constructor(publisher: Publisher, deviceId: string, onHold: (isHeld: boolean) => void) {
    this.#publisher = publisher;
    this.#deviceId = deviceId;
    this.#onHold = onHold;
  }

  /** Events handed to the broker. */
  get publishedCount(): number {
    return this.#publishedCount;
  }

  /** Those of them that it refused. */
  get refusedCount(): number {
    return this.#refusedCount;
  }

  /** Publishes `devices/<id>/<name>`. */
  sendEvent(name: string, payload: Uint8Array): void {
    this.#waiting.push(this.#message(`devices/${this.#deviceId}/${name}`, payload));
    this.#pump();
  }

  /** Publishes the retained `status/devices/<id>`, at QoS 0: the next one replaces it. */
  sendStatus(payload: Uint8Array): void {
    const message = this.#message(`status/devices/${this.#deviceId}`, payload);
    this.#publisher.publish({ ...message, qos: 0, isRetained: true }, () => {});
  }

  /** Resolves when every event is answered. */
  idle(): Promise<void> {
    if (this.#unansweredCount === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  #pump(): void {
    // A publisher may answer at once, from inside its own call.
    if (this.#isPumping) return;
    this.#isPumping = true;
    while (this.#unansweredCount < MAX_UNANSWERED_PUBLISHES) {
      const message = this.#waiting.shift();
      if (message === undefined) break;
      this.#unansweredCount++;
      this.#publishedCount++;
      this.#publisher.publish(message, (error) => this.#answered(error !== undefined));
    }
    this.#isPumping = false;
    this.#holdOrGoOn();
  }

  #answered(isRefused: boolean): void {
    this.#unansweredCount--;
    if (isRefused) this.#refusedCount++;
    this.#pump();
  }

  #holdOrGoOn(): void {
    if (this.#unansweredCount === MAX_UNANSWERED_PUBLISHES) this.#onHold(true);
    // At half, not at one below: holding and going on by turns for every event would cost more than it saves.
    else if (this.#unansweredCount <= MAX_UNANSWERED_PUBLISHES / 2) this.#onHold(false);
    if (this.#unansweredCount === 0) this.#onIdle?.();
  }

  #message(topic: string, payload: Uint8Array): Message {
    return {
      topic,
      payload,
      qos: 1,
      isRetained: false,
      isDuplicate: false,
      clientId: `@${this.#deviceId}`,
      payloadFormat: 'utf8',
      contentType: 'application/json',
    };
  }
}
