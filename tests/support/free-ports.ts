import { createServer } from 'node:net';

/**
 * Below the ports that Linux gives to whoever asks for any one (32,768 and up): what a test was told is free stays free until it
 * listens there, whatever other programs of the test do meanwhile.
 */
const FIRST_PORT = 20_000;
/** Each worker of the test run takes its ports from a share of its own. */
const SHARE_COUNT = 8;
const SHARE_SIZE = 1_500;

const share = Number(process.env['VITEST_POOL_ID'] ?? process.pid) % SHARE_COUNT;
let offset = Math.floor(Math.random() * SHARE_SIZE);

/**
 * TCP ports of 127.0.0.1 that nobody listens on, all different. For processes that must be told a port before they start, or
 * that must come back on the same one; whatever can takes port 0 itself.
 *
 * @throws Error when the share of this worker has too few
 */
export async function findFreePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = [];
  for (let tried = 0; ports.length < count; tried += 1) {
    if (tried === SHARE_SIZE) throw new Error('No port was found.');
    offset = (offset + 1) % SHARE_SIZE;
    const port = FIRST_PORT + share * SHARE_SIZE + offset;
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

/** One port: see {@link findFreePorts}. */
export async function findFreePort(): Promise<number> {
  const [port] = await findFreePorts(1);
  if (port === undefined) throw new Error('No port was found.');
  return port;
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(true)));
  });
}
