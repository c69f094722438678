import { type Answer, InfluxServer, type WriteRequest } from '#gateway/sinks/testing/influx-server.ts';
import { FlakyLink } from '#tests/support/flaky-link.ts';
import { pick, type SeededRandom, seededRandom } from '#tests/support/seeded-random.ts';
import type { ServerHabits } from './plan-others.ts';

/** A server over HTTP that fails at random, behind a link that breaks at any byte. It keeps the requests that it took. */
export class FaultyServer implements AsyncDisposable {
  readonly taken: WriteRequest[] = [];
  readonly #server: InfluxServer;
  readonly #link: FlakyLink;
  readonly #habits: ServerHabits;
  readonly #random: SeededRandom;
  #isCalm = false;

  private constructor(server: InfluxServer, link: FlakyLink, habits: ServerHabits, seed: number) {
    this.#server = server;
    this.#link = link;
    this.#habits = habits;
    this.#random = seededRandom(seed);
    server.answer = (request) => this.#answer(request);
    link.pace.delayMs = habits.delayMs;
  }

  static async open(habits: ServerHabits, seed: number): Promise<FaultyServer> {
    const server = await InfluxServer.open();
    const link = await FlakyLink.open(Number(new URL(server.url).port));
    const faulty = new FaultyServer(server, link, habits, seed);
    void faulty.#breakAgain();
    return faulty;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#link.port}`;
  }

  /** The connection of the moment ends. */
  async disturb(): Promise<void> {
    if (!this.#isCalm) this.#link.reset();
  }

  async calm(): Promise<void> {
    this.#isCalm = true;
    this.#link.calm();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isCalm = true;
    await this.#link[Symbol.asyncDispose]();
    await this.#server[Symbol.asyncDispose]();
  }

  #answer(request: WriteRequest): Answer {
    const isFailing = !this.#isCalm && this.#random.next() * this.#habits.failsOnceIn < 1;
    const kind = this.#random.integer(0, 5);
    if (isFailing && kind > 0) return FAILURES[kind - 1];
    if (request.body !== '') this.taken.push(request);
    // Taken, and nobody is told.
    return isFailing ? undefined : { status: 204 };
  }

  async #breakAgain(): Promise<void> {
    while (!this.#isCalm) {
      const how = pick(this.#random, ['reset', 'close', 'halfOpen', 'deaf'] as const);
      const isUp = this.#random.next() < 0.7;
      // An answer is some hundred times smaller than what it answers.
      const withinBytes = Math.ceil(this.#habits.breaksWithinBytes / (isUp ? 1 : 100));
      await this.#link.after(isUp ? 'up' : 'down', this.#random.integer(1, withinBytes), how);
    }
  }
}

/** What comes in place of an answer. */
const FAILURES: readonly Answer[] = [
  undefined,
  { status: 500, body: '{"error":"not today"}' },
  { status: 503, headers: { 'retry-after': '1' } },
  { status: 429 },
  { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Log in</html>' },
];
