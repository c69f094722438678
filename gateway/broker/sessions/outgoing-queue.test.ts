import { describe, expect, it } from 'vitest';
import type { Message, QoS } from '#gateway/model/message.ts';
import { MESSAGE_OVERHEAD_BYTES, type OutgoingLimits, OutgoingQueue } from './outgoing-queue.ts';

const LIMITS = { maxInflight: 10, maxQueuedMessages: 100_000, maxQueuedBytes: 2 ** 30, maxQueuedAgeHours: 1 };

function open(limits: Partial<OutgoingLimits> = {}) {
  const queue = new OutgoingQueue({ ...LIMITS, ...limits });
  const add = (text: string, qos: QoS = 1, queuedMs = 0) =>
    queue.add({ message: messageOf(text), place: undefined, qos, isRetained: false, queuedMs });
  return { queue, add };
}

function messageOf(text: string): Message {
  const payload = Buffer.from(text);
  return { topic: 'a', payload, qos: 1, isRetained: false, isDuplicate: false, clientId: 'tyre' };
}

function textsOf(queue: OutgoingQueue): string[] {
  return [...queue].map(({ message }) => Buffer.from(message.payload).toString());
}

describe('OutgoingQueue', () => {
  it('gives no packet id that is still in use, once round all of them [MQTT-2.3.1-4]', () => {
    const { queue, add } = open();
    add('held');
    const held = queue.take()?.packetId;
    for (let count = 0; count < 70_000; count++) {
      add('passing');
      const packetId = queue.take()?.packetId ?? 0;
      if (packetId === held || packetId < 1 || packetId > 65_535) expect(packetId).not.toBe(packetId);
      queue.remove(packetId);
    }
    expect(textsOf(queue)).toEqual(['held']);
  });

  it('refuses the newest when it is full by count or by bytes, and takes again when there is room', () => {
    const { queue, add } = open({ maxQueuedMessages: 2 });
    expect([add('a'), add('b'), add('c')].map((entry) => entry !== undefined)).toEqual([true, true, false]);
    queue.remove(queue.take()?.packetId ?? 0);
    expect(add('d')).toBeDefined();
    expect(textsOf(queue)).toEqual(['b', 'd']);
    const small = open({ maxQueuedBytes: MESSAGE_OVERHEAD_BYTES + 10 });
    expect([small.add('x'.repeat(9)), small.add('')]).toMatchObject([{ number: 0 }, undefined]);
  });

  it('drops the oldest that nobody took in time, never what is in flight', () => {
    const { queue, add } = open();
    add('in flight', 1, 0);
    queue.take();
    add('old', 1, 1);
    add('young', 1, 1000);
    const hourMs = 3_600_000;
    expect(queue.takeExpired(hourMs + 1)).toBeUndefined();
    expect(queue.takeExpired(hourMs + 2)).toMatchObject({ number: 1 });
    expect(queue.takeExpired(hourMs + 2)).toBeUndefined();
    expect(textsOf(queue)).toEqual(['in flight', 'young']);
  });

  it('drops what its publisher wants no more, and keeps what waits behind it', () => {
    const { queue } = open();
    for (const [text, expirySeconds] of [
      ['short', 1],
      ['long', 60],
    ] as const)
      queue.add({
        message: { ...messageOf(text), expirySeconds },
        ...{ place: undefined, qos: 1, isRetained: false, queuedMs: 0 },
      });
    expect(queue.takeExpired(1000)).toBeUndefined();
    expect(queue.takeExpired(1001)).toMatchObject({ number: 0 });
    expect(queue.takeExpired(60_000)).toBeUndefined();
    expect(textsOf(queue)).toEqual(['long']);
  });

  it('sends PUBREL first after a reconnect, then what was sent, then what waits; QoS 0 has ended [MQTT-4.4.0-1]', () => {
    const { queue, add } = open();
    for (const [text, qos] of [
      ['a', 2],
      ['b', 2],
      ['c', 1],
    ] as const)
      add(text, qos);
    const [first = 0, second = 0] = [queue.take(), queue.take(), queue.take()].map((entry) => entry?.packetId);
    queue.release(second);
    add('no more', 0);
    add('waits');
    queue.disconnected();
    const again = [queue.take(), queue.take(), queue.take(), queue.take()];
    expect(again.map((entry) => entry?.message.payload.toString())).toEqual(['b', 'a', 'c', 'waits']);
    expect([again[0]?.phase, again[1]?.packetId]).toEqual(['released', first]);
    expect(queue.take()).toBeUndefined();
  });

  it('gives what is in flight memory of its own when the connection goes: a slice would keep all that it is a slice of [B4]', () => {
    const { queue } = open();
    const payload = Buffer.alloc(65_536).subarray(100, 110);
    const message = { ...messageOf('a'), payload };
    queue.add({ message, place: undefined, qos: 1, isRetained: false, queuedMs: 0 });
    queue.take();
    queue.disconnected();
    const [kept] = queue;
    expect([kept?.message.payload.buffer.byteLength, kept?.message.payload]).toEqual([10, payload]);
  });

  it('keeps numbers and packet ids of what is restored, and gives others to what comes after', () => {
    const { queue, add } = open();
    const entry = { message: messageOf('kept'), place: undefined, qos: 2 as const, isRetained: false, queuedMs: 0 };
    queue.restore({ ...entry, number: 41, packetId: 7, phase: 'sent', isDuplicate: false });
    queue.disconnected();
    expect(queue.take()).toMatchObject({ packetId: 7, isDuplicate: true });
    expect(add('new')).toMatchObject({ number: 42 });
    expect(queue.take()).toMatchObject({ packetId: 8, isDuplicate: false });
  });

  it('knows nothing of packet ids that are not in flight', () => {
    const { queue, add } = open();
    add('a', 1);
    const packetId = queue.take()?.packetId ?? 0;
    expect([queue.remove(packetId + 1), queue.release(packetId), queue.release(packetId + 1)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect([queue.length, queue.inflightCount]).toEqual([1, 1]);
  });
});
