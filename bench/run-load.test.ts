import { createServer } from 'node:net';
import { Aedes } from 'aedes';
import { expect, it } from 'vitest';
import { runLoad } from './run-load.ts';

/** A broker in this process that forwards what `shallForward` wants. */
async function openBroker(shallForward: (count: number) => boolean) {
  const stack = new AsyncDisposableStack();
  let count = 0;
  const broker = await Aedes.createBroker({
    authorizeForward: (_client, packet) => (shallForward(++count) ? packet : null),
  });
  stack.defer(() => new Promise<void>((resolve) => broker.close(() => resolve())));
  const server = createServer({ noDelay: true }, broker.handle);
  stack.defer(() => void server.close());
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1' }, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A TCP server has no port.');
  return { port: address.port, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const LOAD = { topic: 'bench', publisherCount: 3, windowSize: 20, subscriberCount: 1, messageCountEach: 500 } as const;

it.each([0, 1] as const)('counts every message of QoS %i', async (qos) => {
  await using broker = await openBroker(() => true);
  const result = await runLoad({ ...LOAD, qos, port: broker.port });
  expect(result.messageCount).toBe(1500);
  expect(result.messagesPerSecond).toBeGreaterThan(0);
  expect(result.latencyP50Ms === undefined).toBe(qos === 0);
});

it('fails a run that lost a single message', async () => {
  await using broker = await openBroker((count) => count !== 700);
  await expect(runLoad({ ...LOAD, qos: 1, port: broker.port, drainLimitMs: 1000 })).rejects.toThrow(
    'messages were lost: sent 1500, acknowledged 1500, delivered 1499, gaps 1',
  );
});

it('sends the next window only when the last is acknowledged', async () => {
  await using broker = await openBroker(() => true);
  const result = await runLoad({ ...LOAD, qos: 1, port: broker.port, isLockstep: true, subscriberCount: 0 });
  expect(result.messageCount).toBe(1500);
});
