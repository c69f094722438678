import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { brokerUnderTest } from './broker-under-test.ts';
import { connect, PINGREQ, publish, subscribe } from './client-packets.ts';

const broker = brokerUnderTest({ listeners: [{ type: 'ws', host: '127.0.0.1', port: 0 }] });

/** What a client of WebSocket sees. */
interface WebClient extends Disposable {
  readonly socket: WebSocket;
  /** All that came in binary messages, in hex. */
  readonly hex: () => string;
  /** Resolves when so many bytes have come, or when the connection has ended. */
  readonly until: (byteCount: number) => Promise<void>;
}

async function open(protocols: readonly string[] = ['mqtt']): Promise<WebClient> {
  const socket = new WebSocket(`ws://127.0.0.1:${broker.test.port}/mqtt`, [...protocols]);
  socket.binaryType = 'arraybuffer';
  const chunks: Buffer[] = [];
  socket.addEventListener('message', ({ data }) => {
    expect(data).toBeInstanceOf(ArrayBuffer);
    chunks.push(Buffer.from(data));
  });
  await Promise.race([once(socket, 'open'), once(socket, 'close')]);
  const hex = () => Buffer.concat(chunks).toString('hex');
  return {
    socket,
    hex,
    until: async (byteCount) => {
      while (hex().length < byteCount * 2 && socket.readyState !== WebSocket.CLOSED) {
        await Promise.race([once(socket, 'message'), once(socket, 'close')]);
      }
    },
    [Symbol.dispose]: () => socket.close(),
  };
}

const CONNACK = '20020000';
const PINGRESP = 'd000';

describe('over WebSocket', () => {
  it('packets come and go in binary messages, and a text message ends the connection [MQTT-6.0.0-1]', async () => {
    using client = await open();
    client.socket.send(connect({ clientId: broker.name() }));
    await client.until(4);
    client.socket.send('c000');
    await once(client.socket, 'close');
    expect(client.hex()).toBe(CONNACK);
  });

  it('packets begin and end where they will: at each byte, and several in one message [MQTT-6.0.0-2]', async () => {
    using client = await open();
    const topic = 'web';
    for (const byte of connect({ clientId: broker.name() })) client.socket.send(Buffer.from([byte]));
    await client.until(4);
    const rest = Buffer.concat([subscribe(1, [topic, 0]), publish(topic, 'x'), PINGREQ]);
    // The last message of the three ends within PINGREQ.
    client.socket.send(rest.subarray(0, 3));
    client.socket.send(rest.subarray(3, -1));
    client.socket.send(rest.subarray(-1));
    const answer = [CONNACK, '9003000100', publish(topic, 'x').toString('hex'), PINGRESP].join('');
    await client.until(answer.length / 2);
    expect(client.hex()).toBe(answer);
  });

  it('the subprotocol is mqtt, whatever else is offered [MQTT-6.0.0-4]', async () => {
    for (const protocols of [['mqtt'], ['chat', 'mqtt'], ['mqttv3.1', 'mqtt']]) {
      using client = await open(protocols);
      expect([protocols, client.socket.protocol]).toEqual([protocols, 'mqtt']);
    }
  });

  it('a client that offers another subprotocol only is not let in', async () => {
    using client = await open(['chat']);
    expect(client.socket.readyState).not.toBe(WebSocket.OPEN);
  });
});
