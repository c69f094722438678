import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LiveStreams, MAX_STREAMS } from './live-streams.ts';

let cleanup: AsyncDisposableStack;

beforeEach(() => {
  cleanup = new AsyncDisposableStack();
});

afterEach(async () => {
  await cleanup.disposeAsync();
});

const ASK = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';

async function listen(listener: RequestListener) {
  const server = createServer(listener);
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  cleanup.defer(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const open = (text: string): Socket => {
    const socket = connect({ host: '127.0.0.1', port });
    cleanup.defer(() => void socket.destroy());
    socket.pause().write(text);
    return socket;
  };
  return { server, open };
}

it('queues nothing for a browser that does not read, and ends its stream', async () => {
  const streams = new LiveStreams();
  const { server, open } = await listen((request, response) => streams.add(request.socket, response));
  open(ASK);
  const [request] = await once(server, 'request');
  // More than the system keeps for a socket that nobody reads.
  streams.emit('live', 'x'.repeat(32 * 2 ** 20));
  expect(request.socket.destroyed).toBe(false);
  streams.emit('live', 'one more');
  expect(request.socket.destroyed).toBe(true);
});

it('frees the place of a stream whose turn on its socket never came', async () => {
  const streams = new LiveStreams();
  const answers: ServerResponse[] = [];
  const taken: boolean[] = [];
  const { open } = await listen((request, response) => {
    // The first request of a socket is never answered.
    if (request.url === '/slow') answers.push(response);
    else taken.push(streams.add(request.socket, response));
  });
  const hogs = Array.from({ length: MAX_STREAMS }, () => open(ASK.replace('/', '/slow') + ASK));
  await expect.poll(() => taken).toEqual(Array(MAX_STREAMS).fill(true));
  open(ASK);
  await expect.poll(() => taken.at(-1)).toBe(false);
  for (const hog of hogs) hog.destroy();
  await expect
    .poll(() => {
      open(ASK);
      return taken.at(-1);
    })
    .toBe(true);
});
