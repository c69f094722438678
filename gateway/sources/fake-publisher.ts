import type { WaystationError } from '#gateway/model/errors.ts';
import type { Done, Message, Publisher } from '#gateway/model/message.ts';

/** Keeps what was published, for tests; answers at once, or only when told to. */
export class FakePublisher implements Publisher {
  readonly messages: Message[] = [];
  readonly #unanswered: Done[] = [];
  #isAnswering = true;
  #error: WaystationError | undefined;

  publish(message: Message, done: Done): void {
    this.messages.push(message);
    if (this.#isAnswering) done(this.#error);
    else this.#unanswered.push(done);
  }

  /** From now on answers wait for {@link FakePublisher.answer}. */
  stall(): void {
    this.#isAnswering = false;
  }

  /** From now on everything is refused. */
  refuse(error: WaystationError): void {
    this.#error = error;
  }

  get unansweredCount(): number {
    return this.#unanswered.length;
  }

  /** Answers the oldest `count`. */
  answer(count = Number.POSITIVE_INFINITY): void {
    for (const done of this.#unanswered.splice(0, count)) done(this.#error);
  }

  /** The payloads published under `topic`, as JSON. */
  events(topic: string): unknown[] {
    const matching = this.messages.filter((message) => message.topic === topic);
    return matching.map(({ payload }) => JSON.parse(Buffer.from(payload).toString('utf8')));
  }
}
