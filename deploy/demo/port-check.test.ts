import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findPortProblems } from './port-check.ts';

let server: Server;
let port: number;

beforeEach(async () => {
  server = createServer();
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1' }, resolve));
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});

afterEach(() => {
  server.close();
});

it('names a port in use with the option and the key that change it', async () => {
  const needed = { port, purpose: 'the stand-in hub', option: '--hub-port', configKey: 'sinks[0].url' };
  expect(await findPortProblems([needed])).toEqual([
    `Port ${port} of 127.0.0.1, for the stand-in hub, is in use. Choose another with --hub-port N (sinks[0].url in the gateway's configuration).`,
  ]);
  await new Promise((resolve) => server.close(resolve));
  expect(await findPortProblems([needed])).toEqual([]);
});
