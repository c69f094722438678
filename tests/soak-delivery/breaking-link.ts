import { FlakyLink } from '#tests/support/flaky-link.ts';
import { pick, seededRandom } from '#tests/support/seeded-random.ts';

/** An answer is some hundred times smaller than what it answers. */
const ANSWER_SHARE = 100;
const UP_SHARE = 0.7;

/** A link to a server over HTTP that breaks at any byte, again and again, until it is told to be calm. */
export class BreakingLink implements AsyncDisposable {
  readonly #link: FlakyLink;
  #isCalm = false;

  private constructor(link: FlakyLink) {
    this.#link = link;
  }

  /** @param withinBytes a connection breaks after at most so many that it carries up */
  static async open(
    targetPort: number,
    { seed, delayMs, withinBytes }: { readonly seed: number; readonly delayMs: number; readonly withinBytes: number },
  ): Promise<BreakingLink> {
    const link = await FlakyLink.open(targetPort);
    link.pace.delayMs = delayMs;
    const breaking = new BreakingLink(link);
    void breaking.#breakAgain(seed, withinBytes);
    return breaking;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#link.port}`;
  }

  /** The connections of the moment end. */
  reset(): void {
    if (!this.#isCalm) this.#link.reset();
  }

  calm(): void {
    this.#isCalm = true;
    this.#link.calm();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isCalm = true;
    await this.#link[Symbol.asyncDispose]();
  }

  async #breakAgain(seed: number, withinBytes: number): Promise<void> {
    const random = seededRandom(seed);
    while (!this.#isCalm) {
      const how = pick(random, ['reset', 'close', 'halfOpen', 'deaf'] as const);
      const isUp = random.next() < UP_SHARE;
      const most = Math.ceil(withinBytes / (isUp ? 1 : ANSWER_SHARE));
      await this.#link.after(isUp ? 'up' : 'down', random.integer(1, most), how);
    }
  }
}
