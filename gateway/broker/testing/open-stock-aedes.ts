import { createServer } from 'node:net';
import { Aedes } from 'aedes';
import createMemoryPersistence from 'aedes-persistence';
import createEmitter from 'mqemitter';

/** What {@link openStockAedes} needs. */
export interface StockAedesOptions {
  /** How long the next step of the session store takes; 0 leaves the store as it is. Default: always 0. */
  readonly storeDelayMs?: () => number;
}

/** Aedes as its authors ship it, to show what our broker cures. */
export interface StockAedes extends AsyncDisposable {
  readonly port: number;
  /** Publishes of clients that have gone all the way. */
  readonly publishedCount: number;
}

/** Opens it on a free port of loopback. */
export async function openStockAedes(options: StockAedesOptions = {}): Promise<StockAedes> {
  let publishedCount = 0;
  const mq = createEmitter({ concurrency: 100, matchEmptyLevels: true });
  const aedes = new Aedes({
    mq,
    persistence: slowed(options.storeDelayMs ?? (() => 0)),
    published: (_packet, client, done) => {
      if (client !== null) publishedCount++;
      done();
    },
  });
  await aedes.listen();
  const server = createServer((socket) => aedes.handle(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    get publishedCount() {
      return publishedCount;
    },
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => aedes.close(resolve));
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const STEPS_OF_A_PUBLISH = ['storeRetained', 'subscriptionsByTopic', 'outgoingEnqueueCombi'] as const;

/** The store in memory, behind a disk of the given speed. */
function slowed(delayMs: () => number): unknown {
  // The module is the function itself, and its methods return promises; the declarations say otherwise.
  const createSessions = createMemoryPersistence as unknown as () => Record<string, (...args: unknown[]) => unknown>;
  const store = createSessions();
  for (const step of STEPS_OF_A_PUBLISH) {
    const act = store[step]?.bind(store);
    store[step] = async (...args) => {
      const ms = delayMs();
      if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
      return act?.(...args);
    };
  }
  return store;
}
