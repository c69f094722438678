import { type Answer, InfluxServer, type WriteRequest } from '#gateway/sinks/testing/influx-server.ts';
import { type SeededRandom, seededRandom } from '#tests/support/seeded-random.ts';
import { BreakingLink } from './breaking-link.ts';
import type { ServerHabits } from './plan-others.ts';

/** A server over HTTP that fails at random, behind a link that breaks at any byte. It keeps the requests that it took. */
export class FaultyServer implements AsyncDisposable {
  readonly taken: WriteRequest[] = [];
  readonly #server: InfluxServer;
  readonly #link: BreakingLink;
  readonly #habits: ServerHabits;
  readonly #random: SeededRandom;
  #isCalm = false;

  private constructor(server: InfluxServer, link: BreakingLink, habits: ServerHabits, seed: number) {
    this.#server = server;
    this.#link = link;
    this.#habits = habits;
    this.#random = seededRandom(seed);
    server.answer = (request) => this.#answer(request);
  }

  static async open(habits: ServerHabits, seed: number): Promise<FaultyServer> {
    const server = await InfluxServer.open();
    const { delayMs, breaksWithinBytes: withinBytes } = habits;
    const link = await BreakingLink.open(Number(new URL(server.url).port), { seed, delayMs, withinBytes });
    return new FaultyServer(server, link, habits, seed);
  }

  get url(): string {
    return this.#link.url;
  }

  /** The connection of the moment ends. */
  async disturb(): Promise<void> {
    this.#link.reset();
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
}

/** What comes in place of an answer. */
const FAILURES: readonly Answer[] = [
  undefined,
  { status: 500, body: '{"error":"not today"}' },
  { status: 503, headers: { 'retry-after': '1' } },
  { status: 429 },
  { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Log in</html>' },
];
