import { once } from 'node:events';
import { type AddressInfo, createServer, connect as dial, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FlakyLink } from './flaky-link.ts';
import { until } from './until.ts';

let echo: Server;
let link: FlakyLink;
const open: Socket[] = [];

beforeEach(async () => {
  echo = createServer((socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  echo.listen({ port: 0, host: '127.0.0.1' });
  await once(echo, 'listening');
  // A listening TCP server has an address of this type.
  link = await FlakyLink.open((echo.address() as AddressInfo).port);
});

afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy();
  await link[Symbol.asyncDispose]();
  echo.close();
});

/** A connection through the link, with what came back and how it ended. */
function connect() {
  const socket = dial({ port: link.port, host: '127.0.0.1' });
  open.push(socket);
  const seen = { text: '', isClosed: false, socket };
  socket.on('error', () => {});
  socket.setEncoding('utf8').on('data', (text: string) => {
    seen.text += text;
  });
  socket.once('close', () => {
    seen.isClosed = true;
  });
  return seen;
}

async function say(connection: ReturnType<typeof connect>, text: string): Promise<void> {
  connection.socket.write(text);
  await until(`${text} comes back`, 2_000, () => connection.text.endsWith(text));
}

it('carries bytes both ways', async () => {
  await say(connect(), 'hello');
});

it('resets what is connected, and takes new connections', async () => {
  const before = connect();
  await say(before, 'hello');
  link.reset();
  await until('the connection is gone', 2_000, () => before.isClosed);
  await say(connect(), 'again');
});

it('refuses everything while it is cut', async () => {
  link.cut();
  const during = connect();
  await until('the connection is gone', 2_000, () => during.isClosed);
  link.restore();
  await say(connect(), 'again');
});

it('falls silent without closing, and forgets what stalled', async () => {
  const before = connect();
  await say(before, 'hello');
  link.stall();
  before.socket.write('lost');
  const during = connect();
  during.socket.write('lost too');
  await once(during.socket, 'connect');
  link.restore();
  await until('both are gone', 2_000, () => before.isClosed && during.isClosed);
  expect([before.text, during.text]).toEqual(['hello', '']);
  await say(connect(), 'again');
});

it('breaks at the byte that it is told, counted over all connections', async () => {
  const one = connect();
  await say(one, 'hello');
  const broken = link.after('up', 7, 'close');
  await say(connect(), 'abcd');
  one.socket.write('efghij');
  await broken;
  await until('the connection is gone', 2_000, () => one.isClosed);
  await say(connect(), 'again');
  expect(link.carriedBytes).toBeGreaterThanOrEqual(2 * (5 + 4 + 5) + 6);
});

it('goes deaf in one direction, until the client gives the connection up', async () => {
  const one = connect();
  await say(one, 'hello');
  const givenUp = link.after('down', 2, 'deaf');
  one.socket.write('lost');
  await until('two bytes came', 2_000, () => one.text === 'hellolo');
  one.socket.destroy();
  await givenUp;
  await say(connect(), 'again');
});

it('carries late and no faster than told, and then everything', async () => {
  const one = connect();
  await once(one.socket, 'connect');
  link.pace.delayMs = 20;
  link.pace.bytesPerSecond = 100_000;
  const startedMs = performance.now();
  await say(one, `${'x'.repeat(10_000)}.`);
  expect(performance.now() - startedMs).toBeGreaterThan(100);
  link.calm();
  await say(one, 'again');
});
