import { zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { sampleEvent } from '#gateway/sinks/testing/sample-record.ts';
import { composePart } from './compose-part.ts';
import { packBatches } from './pack-batches.ts';
import { MAX_UNPACKED_BYTES, unpackBatch } from './unpack-batch.ts';

const FORMAT = { prefix: 'fleet', gatewayId: 'truck-7', gatewayUid: 'uid-1', protocol: 5 } as const;
const EVENT = { seq: 2, topic: 't', payload: 1 };
const BATCH = { v: 1, gateway: 'g', stream: 's', epoch: 'e', from: 1, to: 2, events: [EVENT] };

function unpackText(text: string) {
  return unpackBatch(zstdCompressSync(Buffer.from(text)));
}

const unpackValue = (value: unknown) => unpackText(JSON.stringify(value));

describe('a batch', () => {
  it('reads as it is published in docs/batch-format.md', () => {
    const [packed] = packBatches(FORMAT, [composePart(sampleEvent())], 60_000);
    expect(packed?.packet).toMatchObject({
      topic: 'fleet/truck-7/batch/telemetry',
      properties: { contentType: 'application/zstd' },
    });
    expect(unpackBatch(packed?.packet.payload ?? Buffer.alloc(0))).toEqual({
      isDecoded: true,
      value: {
        ...{ gateway: 'uid-1', stream: 'telemetry', epoch: '00000000000000aa', from: 6, to: 7 },
        ...{ opensChain: false, isReplayed: false, extra: {} },
        events: [
          {
            ...{ sequence: 7, time: '2026-11-20T15:04:05.200Z', topic: 'sensors/tyre/1' },
            ...{ payload: new Uint8Array(Buffer.from('2.4')), extra: {} },
          },
        ],
      },
    });
  });

  it('keeps what it does not know', () => {
    const batch = unpackValue({ ...BATCH, codec: 7, events: [{ ...EVENT, trace: 'x' }] });
    expect(batch).toMatchObject({ value: { extra: { codec: 7 }, events: [{ extra: { trace: 'x' } }] } });
  });
});

describe('what is no batch', () => {
  const whole = zstdCompressSync(Buffer.from(JSON.stringify(BATCH)));

  it('is told from one, cut after any byte', () => {
    for (let length = 0; length < whole.length; length++) {
      expect(unpackBatch(whole.subarray(0, length))).toMatchObject({ isDecoded: false });
    }
    expect(unpackBatch(whole)).toMatchObject({ isDecoded: true });
  });

  it('takes no more memory than it may', () => {
    const bomb = zstdCompressSync(Buffer.alloc(MAX_UNPACKED_BYTES + 1, ' '));
    expect(bomb.length).toBeLessThan(20_000);
    expect(unpackBatch(bomb)).toEqual({ isDecoded: false, reason: 'too-large' });
  });

  it.each([
    ['JSON in the clear', Buffer.from(JSON.stringify(BATCH)), 'not-zstd'],
    ['nothing', Buffer.alloc(0), 'not-zstd'],
    ['zstd of nothing', zstdCompressSync(Buffer.alloc(0)), 'not-json'],
    ['zstd of bytes', zstdCompressSync(Buffer.from([0xff, 0xfe])), 'not-utf8'],
  ])('%s', (_, bytes, reason) => {
    expect(unpackBatch(bytes)).toEqual({ isDecoded: false, reason });
  });

  it.each([
    ['half of it', '{"v":1', 'not-json'],
    ['a list', '[]', 'not-a-batch'],
    ['a word', '"v"', 'not-a-batch'],
    ['null', 'null', 'not-a-batch'],
    ['an object without a version', '{}', 'not-a-batch'],
    ['two versions', '{"v":1,"v":1}', 'duplicate-key'],
    ['two versions, one of them escaped', '{"v":1,"\\u0076":1}', 'duplicate-key'],
    [
      'two payloads',
      '{"v":1,"gateway":"g","stream":"s","epoch":"e","from":1,"to":2,"events":[{"seq":2,"topic":"t","payload":1,"payload":2}]}',
      'duplicate-key',
    ],
  ])('%s', (_, text, reason) => {
    expect(unpackText(text)).toEqual({ isDecoded: false, reason });
  });

  it.each([
    ['a version that is none', { v: 'one' }, 'not-a-batch'],
    ['a newer version', { v: 2 }, 'unknown-version'],
    ['no gateway', { gateway: undefined }, 'wrong-member'],
    ['an empty stream', { stream: '' }, 'wrong-member'],
    ['a sequence that is no number', { from: '1' }, 'wrong-member'],
    ['a sequence of 0', { from: 0 }, 'wrong-member'],
    ['a sequence that no number holds', { to: 2 ** 53 }, 'wrong-member'],
    ['a prev that says something else', { prev: 7 }, 'wrong-member'],
    ['a replayed that says something else', { replayed: 'yes' }, 'wrong-member'],
    ['no events', { events: [] }, 'wrong-member'],
    ['an event that is none', { events: [1] }, 'wrong-member'],
    ['an event without a topic', { events: [{ seq: 2, payload: 1 }] }, 'wrong-member'],
    ['a time that is no text', { events: [{ ...EVENT, time: 5 }] }, 'wrong-member'],
    ['ends that are swapped', { from: 3 }, 'wrong-sequence'],
    ['an event beyond the end', { events: [{ ...EVENT, seq: 3 }] }, 'wrong-sequence'],
    ['an event before the start', { from: 2, events: [{ ...EVENT, seq: 1 }] }, 'wrong-sequence'],
    ['an event twice', { events: [EVENT, EVENT] }, 'wrong-sequence'],
    ['a loss that ends before it begins', { events: [{ ...EVENT, first: 3 }] }, 'wrong-sequence'],
    ['no payload', { events: [{ seq: 2, topic: 't' }] }, 'wrong-payload'],
    ['two payloads', { events: [{ ...EVENT, payloadBase64: '' }] }, 'wrong-payload'],
    ['a payload that is no base64', { events: [{ seq: 2, topic: 't', payloadBase64: 'a' }] }, 'wrong-payload'],
  ])('%s', (_, change, reason) => {
    expect(unpackValue({ ...BATCH, ...change })).toEqual({ isDecoded: false, reason });
  });
});
