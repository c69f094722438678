import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { HttpLine } from './http-line.ts';

/** More than the kernel keeps for two who do not read. */
const BODY_BYTES = 2 ** 26;
const TOO_LARGE = 'HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\n\r\n';

it('sends no more of a request that is answered already [RFC 9112 9.3]', async () => {
  let receivedBytes = 0;
  const goOn = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  const server = createServer(async (socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      receivedBytes += bytes.length;
      if (receivedBytes > BODY_BYTES) over.resolve();
    });
    socket.once('close', () => over.resolve());
    await once(socket, 'data');
    socket.pause().write(TOO_LARGE);
    await goOn.promise;
    socket.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A TCP server that listens has an address of this kind.
  const { port } = server.address() as AddressInfo;
  const line = new HttpLine(`http://127.0.0.1:${port}`);
  const post = () =>
    request({ port, host: '127.0.0.1', method: 'POST', agent: line.agent }).end(Buffer.alloc(BODY_BYTES));
  expect(await line.ask(new AbortController().signal, post)).toMatchObject({ status: 413 });
  goOn.resolve();
  await over.promise;
  line[Symbol.dispose]();
  server.close();
  expect(receivedBytes).toBeLessThan(BODY_BYTES);
});
