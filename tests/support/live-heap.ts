import type { Child } from './child.ts';

/** What a process has to be started with for {@link openLiveHeap}. */
export const INSPECTED = { NODE_OPTIONS: '--inspect=127.0.0.1:0' } as const;

/** Buffers are given back beside the program, and their owners may be found dead only then. */
const ROUNDS = 3;
const LISTENING = /^Debugger listening on (ws:\/\/127\.0\.0\.1:\d+\/\S+)$/m;

/**
 * What is alive in a process of Node: its objects and buffers after a forced collection. Resident memory says less: the allocator
 * and the collector keep what they had once, and the young generation grows with the load.
 *
 * @see https://chromedevtools.github.io/devtools-protocol/v8/HeapProfiler/#method-collectGarbage
 */
export async function openLiveHeap(child: Child): Promise<LiveHeap> {
  await child.waitForLine(LISTENING);
  const [, url = ''] = LISTENING.exec(child.output) ?? [];
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error(`The inspector at ${url} does not answer.`)));
  });
  return new LiveHeap(socket);
}

/** See {@link openLiveHeap}. */
export class LiveHeap implements Disposable {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: InspectorAnswer) => void>();
  #nextId = 1;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      // By the protocol; what it is not fails the measurement.
      const answer = JSON.parse(String(data)) as InspectorAnswer;
      this.#waiting.get(answer.id ?? 0)?.(answer);
    });
    socket.addEventListener('close', () => {
      for (const hear of this.#waiting.values()) hear({});
    });
  }

  /** Collects what is dead first; that keeps the process from anything else for some tens of milliseconds. @returns bytes */
  async measure(): Promise<number> {
    for (let round = 0; round < ROUNDS; round++) await this.#call('HeapProfiler.collectGarbage');
    const expression = '(({ heapUsed, external }) => heapUsed + external)(process.memoryUsage())';
    const { result } = await this.#call('Runtime.evaluate', { expression, returnByValue: true });
    const bytes = result?.result?.value;
    if (typeof bytes !== 'number') throw new Error(`The inspector says ${JSON.stringify(result)}.`);
    return bytes;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  /** @returns nothing of a process that has ended meanwhile */
  async #call(method: string, params: object = {}): Promise<InspectorAnswer> {
    const id = this.#nextId++;
    const answered = new Promise<InspectorAnswer>((resolve) => this.#waiting.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params }));
    const answer = await answered;
    this.#waiting.delete(id);
    return answer;
  }
}

/** What of it is looked at. */
interface InspectorAnswer {
  readonly id?: number;
  readonly result?: { readonly result?: { readonly value?: unknown } };
}
