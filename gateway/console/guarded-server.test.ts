import { once } from 'node:events';
import { type RequestListener, STATUS_CODES } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import {
  createGuardedServer,
  MAX_CONNECTIONS,
  MAX_REQUESTS_PER_CONNECTION,
  MAX_UNANSWERED_REQUESTS,
} from './guarded-server.ts';

let cleanup: AsyncDisposableStack;
beforeEach(() => {
  cleanup = new AsyncDisposableStack();
});
afterEach(() => cleanup.disposeAsync());

const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';

async function serve(handler: RequestListener, requestTimeoutMs?: number): Promise<() => Socket> {
  const server = createGuardedServer(handler, requestTimeoutMs).listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  cleanup.defer(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  // A TCP server that listens has an address with a port.
  const { port } = server.address() as AddressInfo;
  return () => {
    const socket = connect({ host: '127.0.0.1', port });
    cleanup.defer(() => void socket.destroy());
    socket.on('error', () => undefined);
    return socket;
  };
}

/** A reset is an end as well. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
  });
}

async function readToEnd(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  await closed(socket);
  return text;
}

it.each(['GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', 'GET / HTTP/1.1\r\nHost: localhost\r\nExpect: gold\r\n\r\n'])(
  'ends a connection that sends requests ahead, and works on few of them: %j [P3]',
  async (request) => {
    const handler = vi.fn<RequestListener>();
    const open = await serve(handler);
    const hog = open();
    hog.write(request.repeat(20_000));
    await readToEnd(hog);
    expect(handler.mock.calls.length).toBeLessThanOrEqual(MAX_UNANSWERED_REQUESTS);
  },
);

it('serves one request after the other on a connection, up to a number [P3]', async () => {
  const open = await serve((_request, response) => response.end('x'));
  const socket = open();
  let answerCount = 0;
  socket.on('data', (chunk) => {
    answerCount += chunk.toString().split('HTTP/1.1 200').length - 1;
    if (answerCount < 2 * MAX_REQUESTS_PER_CONNECTION) socket.write(REQUEST);
  });
  socket.write(REQUEST);
  await closed(socket);
  expect(answerCount).toBe(MAX_REQUESTS_PER_CONNECTION);
});

it('refuses more connections than it serves [P3]', async () => {
  const open = await serve((_request, response) => response.end(STATUS_CODES[200]));
  const sockets = Array.from({ length: MAX_CONNECTIONS }, open);
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  expect(await readToEnd(open())).toBe('');
});

it('closes a request that does not arrive as a whole, however it trickles [P3]', async () => {
  const open = await serve(() => undefined, 1000);
  const head = open();
  head.write('GET / HTTP/1.1\r\nHost: localhost\r\n');
  const body = open();
  body.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n');
  const drip = setInterval(() => body.write(' '), 20);
  cleanup.defer(() => clearInterval(drip));
  await Promise.all([readToEnd(head), readToEnd(body)]);
});
