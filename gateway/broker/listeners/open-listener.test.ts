import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { generate } from 'mqtt-packet';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type IssuedFiles, TestCertificates } from '#gateway/broker/listeners/testing/test-certificates.ts';
import { openTestBroker } from '#gateway/broker/testing/open-test-broker.ts';
import { connectPacket, RawClient } from '#gateway/broker/testing/raw-client.ts';
import { Secret } from '#gateway/model/secret.ts';
import type { ListenerOptions, ListenerType } from './listener-options.ts';

const run = promisify(execFile);
const HOST = '127.0.0.1';
const EVERYTHING = { publish: ['#'], subscribe: ['#'] };
const TYRES = { ...EVERYTHING, username: 'tyre-monitor', password: new Secret('not needed') };

let made: TestCertificates;
let gateway: IssuedFiles;
let tyres: IssuedFiles;
let stranger: IssuedFiles;

beforeAll(async () => {
  made = await TestCertificates.make();
  [gateway, tyres, stranger] = await Promise.all([
    made.issue('gateway'),
    made.issue('tyre-monitor'),
    made.issue('stranger'),
  ]);
});
afterAll(() => made[Symbol.asyncDispose]());

function listener(type: ListenerType, more: object = {}): ListenerOptions {
  const common = { host: HOST, port: 0, ...more };
  return type === 'mqtt' || type === 'ws' ? { ...common, type } : { type, ...gateway, ...common };
}

/** MQTT.js, which does not try again. */
function open(port: number, protocol: ListenerType, more: IClientOptions = {}): Promise<MqttClient> {
  return connectAsync({ host: HOST, port, protocol, path: '/mqtt', reconnectPeriod: 0, ...more });
}

/** Publishes to itself, so that both directions have been used. */
async function roundTrip(client: MqttClient, payload: string): Promise<string> {
  const received = new Promise<Buffer>((resolve) => client.once('message', (_topic, message) => resolve(message)));
  await client.subscribeAsync('round/trip', { qos: 1 });
  await client.publishAsync('round/trip', payload, { qos: 1 });
  return String(await received);
}

describe('a listener', () => {
  it.each(['mqtt', 'mqtts', 'ws', 'wss'] as const)('%s carries MQTT in both directions', async (type) => {
    await using test = await openTestBroker({ listeners: [listener(type)] });
    const client = await open(test.port, type, await made.trust());
    // More than a frame of TLS, and than what a socket takes at once.
    const payload = 'x'.repeat(200_000);
    expect(await roundTrip(client, payload)).toBe(payload);
    await client.endAsync();
    await vi.waitFor(() => expect(test.broker.status().clientCount).toBe(0));
    expect(test.broker.status().refusals).toEqual({});
  });

  it('stands beside others, each on its own port', async () => {
    const types = ['mqtt', 'mqtts', 'ws', 'wss'] as const;
    await using test = await openTestBroker({ listeners: types.map((type) => listener(type)) });
    const trust = await made.trust();
    const clients = await Promise.all(
      types.map((type, index) => open(test.broker.listeners[index]?.port ?? 0, type, trust)),
    );
    expect(test.broker.status().clientCount).toBe(4);
    await Promise.all(clients.map((client) => client.endAsync()));
  });

  it.each(['mqtt', 'ws'] as const)('%s off loopback needs insecure: true', async (type) => {
    const opening = openTestBroker({ listeners: [{ type, host: '0.0.0.0', port: 0 }] });
    await expect(opening).rejects.toMatchObject({ code: 'listener.failed' });
  });

  it('with a file that is missing does not open, and names it', async () => {
    const opening = openTestBroker({ listeners: [listener('mqtts', { cert: '/nowhere/cert.pem' })] });
    const message = expect.stringContaining('/nowhere/cert.pem');
    await expect(opening).rejects.toMatchObject({ code: 'tls.unreadable', message });
  });
});

describe('TLS', () => {
  it('begins at 1.2, with nothing but forward secrecy', async () => {
    await using test = await openTestBroker({ listeners: [listener('mqtts')] });
    const shake = async (options: object) => {
      const socket = connectTls({ host: HOST, port: test.port, ...(await made.trust()), ...options });
      try {
        await once(socket, 'secureConnect');
        return `${socket.getProtocol()} ${socket.getCipher().standardName}`;
      } catch {
        return 'refused';
      } finally {
        socket.destroy();
      }
    };
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
    expect(await shake(old)).toBe('refused');
    expect(await shake({ maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' })).toBe('refused');
    expect(await shake({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' })).toBe('refused');
    expect(await shake({ maxVersion: 'TLSv1.2' })).toMatch(/^TLSv1\.2 TLS_ECDHE_ECDSA/);
    expect(await shake({})).toMatch(/^TLSv1\.3/);
    expect(test.broker.status().refusals).toEqual({ tlsFailed: 3 });
  });

  it('costs garbage its connection, and nobody else anything', async () => {
    await using test = await openTestBroker({ listeners: [listener('mqtts')] });
    const client = await open(test.port, 'mqtts', await made.trust());
    const hello = Buffer.from('16030100050100000100', 'hex');
    const garbage = [
      generate(connectPacket()),
      Buffer.alloc(20_000, 0x16),
      hello,
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    ];
    for (const bytes of garbage) {
      const raw = connectTcp({ host: HOST, port: test.port }).on('error', () => {});
      raw.resume().end(bytes);
      await new Promise((resolve) => raw.once('close', resolve));
    }
    expect(await roundTrip(client, 'still here')).toBe('still here');
    expect(test.broker.status().refusals).toEqual({ tlsFailed: garbage.length });
    await client.endAsync();
  });

  it('counts a handshake that does not go on among the pending logins', async () => {
    await using test = await openTestBroker({ listeners: [listener('mqtts')], limits: { maxPendingLogins: 2 } });
    const slow = await Promise.all([1, 2, 3].map(() => RawClient.open(test.port)));
    await vi.waitFor(() => expect(test.broker.status().refusals).toEqual({ loginSuperseded: 1 }));
    const client = await open(test.port, 'mqtts', await made.trust());
    await test.clock.advance(5000);
    await Promise.all(slow.map((raw) => raw.until(() => raw.isClosed)));
    expect(await roundTrip(client, 'unharmed')).toBe('unharmed');
    expect(test.broker.status().refusals).toEqual({ loginSuperseded: 2, connectTimeout: 1 });
    await client.endAsync();
  });

  it('closes with the broker while a handshake is under way', async () => {
    const test = await openTestBroker({ listeners: [listener('mqtts'), listener('wss')] });
    const raws = await Promise.all(test.broker.listeners.map(({ port }) => RawClient.open(port)));
    await test[Symbol.asyncDispose]();
    await Promise.all(raws.map((raw) => raw.until(() => raw.isClosed)));
  });
});

it('logs each way to fail at TLS once for an address and a minute: one does not hide another', async () => {
  await using test = await openTestBroker({ listeners: [listener('mqtts')] });
  for (const bytes of [
    'GET / HTTP/1.1\r\n\r\n',
    connectPacketBytes(),
    'GET / HTTP/1.1\r\n\r\n',
    connectPacketBytes(),
  ]) {
    const socket = connectTcp({ host: HOST, port: test.port });
    socket.on('error', () => {});
    socket.resume();
    socket.write(bytes);
    await new Promise((resolve) => socket.once('close', resolve));
  }
  await vi.waitFor(() => expect(test.broker.status().refusals).toEqual({ tlsFailed: 4 }));
  const said = test.logger.lines.filter(({ fields }) => fields['reason'] === 'tlsFailed').map(({ text }) => text);
  expect(said).toEqual([expect.stringContaining('plain HTTP'), expect.stringContaining('what came is no TLS')]);
});

function connectPacketBytes(): Buffer {
  return generate(connectPacket());
}

describe('mutual TLS', () => {
  function openMutual(type: ListenerType = 'mqtts') {
    return openTestBroker({ listeners: [listener(type, { clientCa: made.ca })], users: [TYRES] });
  }

  async function untilTurnedAway(port: number, trust: object): Promise<void> {
    const socket = connectTls({ host: HOST, port, ...trust });
    socket.on('error', () => {});
    socket.write(generate(connectPacket({ username: 'tyre-monitor', password: 'not needed' })));
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    await new Promise((resolve) => socket.once('close', resolve));
    expect(chunks).toEqual([]);
  }

  it.each(['mqtts', 'wss'] as const)('over %s takes the common name for the user, without a password', async (type) => {
    await using test = await openMutual(type);
    const client = await open(test.port, type, await made.trust(tyres));
    expect(await roundTrip(client, 'signed')).toBe('signed');
    expect(test.broker.account('tyre-monitor').status().connectionCount).toBe(1);
    await client.endAsync();
  });

  it('lets nobody in without a certificate, not even those who may be anonymous', async () => {
    await using test = await openMutual();
    await untilTurnedAway(test.port, await made.trust());
    await vi.waitFor(() => expect(test.broker.status().refusals).toEqual({ badCertificate: 1 }));
  });

  it('lets nobody in with a certificate of another authority', async () => {
    await using test = await openMutual();
    await using other = await TestCertificates.make();
    const forged = await other.issue('tyre-monitor');
    await untilTurnedAway(test.port, await made.trust(forged));
    await vi.waitFor(() => expect(test.broker.status().refusals).toEqual({ badCertificate: 1 }));
  });

  it('lets nobody in whose certificate names no account, or another than the CONNECT', async () => {
    await using test = await openMutual();
    await expect(open(test.port, 'mqtts', await made.trust(stranger))).rejects.toMatchObject({ code: 5 });
    const posing = { ...(await made.trust(tyres)), username: 'admin', password: 'whatever' };
    await expect(open(test.port, 'mqtts', posing)).rejects.toMatchObject({ code: 4 });
    expect(test.broker.status().refusals).toEqual({ badLogin: 2 });
    expect(test.logger.lines.map(({ text }) => text)).toContain(
      'the certificate names "stranger", and no account has that name',
    );
  });

  it('takes no name out of a certificate that has several', async () => {
    await using test = await openMutual();
    const doubled = await made.issue('doubled', { subject: '/CN=tyre-monitor/CN=admin' });
    await untilTurnedAway(test.port, await made.trust(doubled));
    await vi.waitFor(() => expect(test.broker.status().refusals).toEqual({ badCertificate: 1 }));
  });
});

describe('the tools of Mosquitto', () => {
  const NAMES = ['-h', 'localhost', '-t', 'tools/said'];

  it('publish and subscribe over TLS, and over mutual TLS', async () => {
    const listeners = [listener('mqtts'), listener('mqtts', { clientCa: made.ca })];
    await using test = await openTestBroker({ listeners, users: [TYRES] });
    const [plain = 0, mutual = 0] = test.broker.listeners.map(({ port }) => port);
    const shown = ['--cert', tyres.cert, '--key', tyres.key];
    const all = ['--cafile', made.ca, '-q', '1'];
    const heard = run('mosquitto_sub', [...NAMES, ...all, '-p', `${mutual}`, ...shown, '-C', '2', '-W', '5']);
    await vi.waitFor(() => expect(test.broker.account('tyre-monitor').status().connectionCount).toBe(1));
    // Its SUBSCRIBE follows the CONNACK at once.
    await new Promise((resolve) => setTimeout(resolve, 100));
    await run('mosquitto_pub', [...NAMES, ...all, '-p', `${plain}`, '-m', 'one']);
    await run('mosquitto_pub', [...NAMES, ...all, '-p', `${mutual}`, ...shown, '-m', 'two']);
    expect((await heard).stdout).toBe('one\ntwo\n');
  });
});

describe('behind a proxy', () => {
  const TRUSTED = { trustedProxies: ['127.0.0.0/8'] };
  const HEADER = Buffer.from('PROXY TCP4 192.0.2.7 192.0.2.1 56324 8883\r\n');

  it('a client is known by the address that the proxy names, and is not local', async () => {
    await using test = await openTestBroker({ listeners: [listener('mqtt', TRUSTED)], users: [TYRES] });
    using anonymous = await RawClient.open(test.port);
    anonymous.sendBytes(HEADER);
    anonymous.send(connectPacket());
    await anonymous.until(() => anonymous.isClosed || anonymous.count('connack') > 0);
    expect(anonymous.returnCode).toBe(5);
    expect(test.logger.lines.map(({ fields }) => fields['client'])).toContain('192.0.2.7');
    using known = await RawClient.open(test.port);
    for (const byte of HEADER) {
      known.sendBytes(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    known.send(connectPacket({ username: 'tyre-monitor', password: 'not needed' }));
    await known.until(() => known.isClosed || known.count('connack') > 0);
    expect(known.returnCode).toBe(0);
  });

  it.each(['mqtts', 'ws', 'wss'] as const)('%s begins behind the header', async (type) => {
    await using test = await openTestBroker({ listeners: [listener(type, TRUSTED)], users: [TYRES] });
    // A proxy that adds the header and passes on the rest, the first bytes of it in one piece with the header.
    const { createServer } = await import('node:net');
    const proxy = createServer((near) => {
      const far = connectTcp({ host: HOST, port: test.port });
      near.once('data', (first) => {
        far.write(Buffer.concat([HEADER, first as Buffer]));
        near.pipe(far).pipe(near);
      });
      for (const socket of [near, far]) socket.on('error', () => [near, far].map((each) => each.destroy()));
    }).listen(0, HOST);
    await once(proxy, 'listening');
    const address = proxy.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const login = { username: 'tyre-monitor', password: 'not needed' };
    const client = await open(port, type, { ...(await made.trust()), ...login });
    expect(await roundTrip(client, 'passed on')).toBe('passed on');
    await client.endAsync();
    proxy.close();
  });

  it('a peer that is no trusted proxy is closed at once, and one without a header too', async () => {
    const elsewhere = listener('mqtt', { trustedProxies: ['192.0.2.1'] });
    await using test = await openTestBroker({ listeners: [elsewhere, listener('mqtt', TRUSTED)] });
    using stranger = await RawClient.open(test.broker.listeners[0]?.port ?? 0);
    await stranger.until(() => stranger.isClosed);
    using plain = await RawClient.open(test.broker.listeners[1]?.port ?? 0);
    plain.send(connectPacket());
    await plain.until(() => plain.isClosed);
    expect(test.broker.status().refusals).toEqual({ untrustedProxy: 1, badProxyHeader: 1 });
  });
});
