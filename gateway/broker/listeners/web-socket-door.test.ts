import { connect as connectTcp } from 'node:net';
import { generate } from 'mqtt-packet';
import { describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { openTestBroker, type TestBroker } from '#gateway/broker/testing/open-test-broker.ts';
import { connectPacket } from '#gateway/broker/testing/raw-client.ts';
import { DEFAULT_LIMITS } from '#gateway/model/broker-limits.ts';

const PAGE = 'https://dash.example.com';
const CONNECT = generate(connectPacket());

function openWeb(): Promise<TestBroker> {
  return openTestBroker({ listeners: [{ type: 'ws', host: '127.0.0.1', port: 0, origins: [PAGE] }] });
}

/** @returns what came of the upgrade: `open`, or the status of the answer */
async function knock({ port }: TestBroker, protocols: string | string[], headers: object = {}) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/any/path`, protocols, { headers: { ...headers } });
  const answer = await new Promise<string>((resolve) => {
    socket.once('open', () => resolve('open'));
    socket.once('unexpected-response', (_request, { statusCode }) => resolve(String(statusCode)));
    socket.once('error', ({ message }) => resolve(message));
  });
  return { socket: socket.on('error', () => {}), answer };
}

function untilClosed(socket: WebSocket): Promise<unknown> {
  return new Promise((resolve) => socket.once('close', resolve));
}

describe('a WebSocket', () => {
  it.each([
    ['of MQTT 3.1.1', ['mqtt'], {}, 'open', {}],
    ['of MQTT 3.1', ['mqttv3.1'], {}, 'open', {}],
    ['of both and more', ['chat', 'mqttv3.1', 'mqtt'], {}, 'open', {}],
    ['of another protocol', ['chat'], {}, '400', { badWebSocket: 1 }],
    ['of no protocol', [], {}, '400', { badWebSocket: 1 }],
    ['of a page that may', ['mqtt'], { origin: PAGE }, 'open', {}],
    ['of any other page', ['mqtt'], { origin: 'https://evil.example' }, '403', { foreignOrigin: 1 }],
    ['of a page without a name', ['mqtt'], { origin: 'null' }, '403', { foreignOrigin: 1 }],
    ['of the same host', ['mqtt'], { origin: 'http://127.0.0.1' }, '403', { foreignOrigin: 1 }],
  ])('%s', async (_name, protocols, headers, expected, refusals) => {
    await using test = await openWeb();
    const { socket, answer } = await knock(test, protocols, headers);
    expect([answer, test.broker.status().refusals]).toEqual([expected, refusals]);
    if (answer === 'open') expect(socket.protocol).toBe(protocols.includes('mqtt') ? 'mqtt' : 'mqttv3.1');
    socket.terminate();
  });

  it('that is none gets an answer, and its connection closed', async () => {
    await using test = await openWeb();
    const ask = (text: string) =>
      new Promise<string>((resolve) => {
        const chunks: Buffer[] = [];
        const socket = connectTcp({ host: '127.0.0.1', port: test.port });
        socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => {});
        socket.once('close', () => resolve(Buffer.concat(chunks).toString().split('\r\n')[0] ?? ''));
        socket.write(text);
      });
    const upgrade =
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: mqtt\r\n';
    expect(await ask('GET / HTTP/1.1\r\nHost: a\r\n\r\n')).toBe('HTTP/1.1 426 Upgrade Required');
    expect(await ask('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n')).toBe('HTTP/1.1 426 Upgrade Required');
    expect(await ask(`${upgrade}\r\n`)).toMatch(/^HTTP\/1\.1 400/);
    expect(await ask('\x10\x0d\0\x04MQTT')).toBe('HTTP/1.1 400 Bad Request');
    expect(await ask(`GET / HTTP/1.1\r\nX: ${'x'.repeat(10_000)}`)).toBe('HTTP/1.1 400 Bad Request');
    expect(test.broker.status().refusals).toEqual({ badWebSocket: 5 });
  });

  it('carries packets cut anywhere, and answers pings of its own', async () => {
    await using test = await openWeb();
    const { socket } = await knock(test, 'mqtt');
    const answers: Buffer[] = [];
    socket.on('message', (data: Buffer) => answers.push(data));
    for (const byte of CONNECT) socket.send(Buffer.of(byte));
    socket.send(Buffer.from('c000c000', 'hex'));
    socket.ping('still there?');
    const pong = await new Promise((resolve) => socket.once('pong', resolve));
    expect(String(pong)).toBe('still there?');
    await vi.waitFor(() => expect(Buffer.concat(answers).toString('hex')).toBe('20020000d000d000'));
    socket.terminate();
  });

  it('that sends text is closed [MQTT-6.0.0-1], and so is one that breaks the rules of frames', async () => {
    await using test = await openWeb();
    const { socket: text } = await knock(test, 'mqtt');
    text.send(CONNECT.toString('latin1'));
    await untilClosed(text);
    const { socket: large } = await knock(test, 'mqtt');
    large.send(CONNECT);
    await new Promise((resolve) => large.once('message', resolve));
    large.send(Buffer.alloc(2 * DEFAULT_LIMITS.maxPacketBytes + 1));
    await untilClosed(large);
    expect(test.broker.status().refusals).toEqual({ badWebSocket: 2 });
    expect(test.broker.status().disconnects).toEqual({ badWebSocket: 2 });
  });

  it('may not hide more than 64 KiB in one message before its login [B5], and may after it', async () => {
    await using test = await openWeb();
    const { socket: hiding } = await knock(test, 'mqtt');
    // A message that is not whole yet: nothing of it has been handed over.
    hiding.send(Buffer.alloc(DEFAULT_LIMITS.maxConnectBytes), { fin: false });
    await untilClosed(hiding);
    expect(test.broker.status().refusals).toEqual({ connectTooLarge: 1 });
    const { socket: eager } = await knock(test, 'mqtt');
    const publish = generate({
      cmd: 'publish',
      topic: 'a',
      payload: Buffer.alloc(200_000),
      qos: 0,
      retain: false,
      dup: false,
    });
    eager.send(CONNECT);
    eager.send(publish);
    await vi.waitFor(() => expect(test.tap.messages).toHaveLength(1));
    eager.terminate();
  });
});
