import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { LiveStreams } from './live-streams.ts';

it('queues nothing for a browser that does not read, and ends its stream', async () => {
  const streams = new LiveStreams();
  const server = createServer((_request, response) => streams.add(response));
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const address = server.address();
  const socket = connect({ host: '127.0.0.1', port: typeof address === 'object' ? (address?.port ?? 0) : 0 });
  socket.pause().write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const [, response] = await once(server, 'request');
  // More than the system keeps for a socket that nobody reads.
  streams.emit('live', 'x'.repeat(32 * 2 ** 20));
  expect(response.destroyed).toBe(false);
  streams.emit('live', 'one more');
  expect(response.destroyed).toBe(true);
  socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});
