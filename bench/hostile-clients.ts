/**
 * Clients that nobody would wish for, in a process of their own: `node bench/hostile-clients.ts PORT TLS_PORT`, 0 for no TLS.
 *
 * One subscriber that never reads, one flooder that feeds it, handshakes of TLS a byte at a time, 500 clients that say nothing,
 * and 200 that log in all at once again and again. Prints `ready` when they are all at it, and on a line of input
 * what they did, as JSON.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { LoadClient, type Target } from './load-client.ts';
import { encodePublishRing } from './mqtt-bytes.ts';

/** What they did, for whoever wants to see that they were there. */
export interface HostileDeeds {
  readonly floodedCount: number;
  readonly frozenCount: number;
  readonly idleCount: number;
  readonly stormCount: number;
  readonly loginCount: number;
  readonly refusedLoginCount: number;
  readonly handshakeCount: number;
}

const IDLE_COUNT = 500;
const STORM_SIZE = 200;
const STORM_INTERVAL_MS = 1000;
const LOGIN_BATCH_SIZE = 20;
const FLOOD_TOPIC = 'hostile/flood';
const HANDSHAKE_COUNT = 4;
/** The beginning of a ClientHello, of which a byte comes now and then [RFC 8446, section 5.1]. */
const CLIENT_HELLO = Buffer.from('160301020001000001fc0303', 'hex');
const HANDSHAKE_BYTE_MS = 300;

const deeds = {
  floodedCount: 0,
  frozenCount: 0,
  idleCount: 0,
  stormCount: 0,
  loginCount: 0,
  refusedLoginCount: 0,
  handshakeCount: 0,
};

async function openIdle(target: Target): Promise<void> {
  while (deeds.idleCount < IDLE_COUNT) {
    const batch = Array.from({ length: LOGIN_BATCH_SIZE }, (_, index) =>
      LoadClient.open(target, `idle-${deeds.idleCount + index}`, () => {}),
    );
    deeds.idleCount += (await Promise.all(batch)).length;
  }
}

/** Comes back whenever the broker has had enough of it. */
async function keepFrozen(target: Target): Promise<never> {
  for (;;) {
    const filter = `${FLOOD_TOPIC}/#`;
    const client = await LoadClient.openSubscriber(target, 'frozen', { filter, qos: 0 }, () => {});
    client.freeze();
    deeds.frozenCount++;
    while (client.isOpen) await delay(100);
  }
}

async function flood(target: Target): Promise<never> {
  const { bytes, slotCount } = encodePublishRing(FLOOD_TOPIC, 0, 0, 1024);
  const client = await LoadClient.open(target, 'flooder', () => {});
  for (;;) {
    deeds.floodedCount += slotCount;
    if (!client.write(bytes)) await client.drained();
    else await new Promise((resolve) => setImmediate(resolve));
  }
}

async function storm(target: Target): Promise<never> {
  let clients: LoadClient[] = [];
  for (;;) {
    const startedMs = performance.now();
    for (const client of clients) client[Symbol.dispose]();
    const logins = await Promise.allSettled(
      Array.from({ length: STORM_SIZE }, (_, index) => LoadClient.open(target, `storm-${index}`, () => {})),
    );
    clients = logins.flatMap((login) => (login.status === 'fulfilled' ? [login.value] : []));
    deeds.stormCount++;
    deeds.loginCount += clients.length;
    deeds.refusedLoginCount += STORM_SIZE - clients.length;
    await delay(Math.max(0, STORM_INTERVAL_MS - (performance.now() - startedMs)));
  }
}

async function shakeHandsSlowly(port: number): Promise<never> {
  for (;;) {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', () => {});
    await once(socket, 'connect');
    deeds.handshakeCount++;
    for (let sent = 0; !socket.destroyed; sent++) {
      if (sent < CLIENT_HELLO.length) socket.write(CLIENT_HELLO.subarray(sent, sent + 1));
      await delay(HANDSHAKE_BYTE_MS);
    }
  }
}

const [port = 0, tlsPort = 0] = process.argv.slice(2).map(Number);
await openIdle({ port });
const all: Promise<never>[] = [keepFrozen({ port }), flood({ port }), storm({ port })];
if (tlsPort > 0) for (let count = 0; count < HANDSHAKE_COUNT; count++) all.push(shakeHandsSlowly(tlsPort));
console.log('ready');
process.stdin.once('data', () => {
  console.log(JSON.stringify(deeds satisfies HostileDeeds));
  process.exit();
});
// Whoever started them is gone.
process.stdin.once('end', () => process.exit());
await Promise.all(all);
