import { zstdCompressSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { sampleEvent } from '#gateway/sinks/testing/sample-record.ts';
import { MAX_BATCH_EVENTS, MAX_UNPACKED_BYTES, MAX_UNPACKED_VALUES } from './batch.ts';
import { composePart } from './compose-part.ts';
import { packBatches } from './pack-batches.ts';
import { unpackBatch } from './unpack-batch.ts';

const FORMAT = { prefix: 'fleet', gatewayId: 'truck-7', gatewayUid: 'uid-1', protocol: 5, codec: 'zstd' } as const;
const EVENT = { seq: 2, topic: 't', payload: 1 };
const BATCH = { v: 1, gateway: 'g', stream: 's', epoch: 'e', from: 1, to: 2, events: [EVENT] };

function unpackText(text: string) {
  return unpackBatch(zstdCompressSync(Buffer.from(text)));
}

/** A batch by columns, whose only shapes are these texts. */
function unpackShapes(shapes: readonly string[], change: object = {}) {
  return unpackText([JSON.stringify({ ...BATCH, v: 2, events: undefined, ...change }), ...shapes].join('\u001d'));
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

  it('reads by columns, and byte for byte', () => {
    const shape = '{"seq":\u001a,"topic":"t","payload":\u001a}\u001en10\u001f1\u001f1\u001es\u001f1.50\u001f"é"';
    expect(unpackShapes([shape])).toMatchObject({
      isDecoded: true,
      value: {
        ...{ from: 1, to: 2 },
        events: [
          { sequence: 1, topic: 't', payload: new Uint8Array(Buffer.from('1.50')) },
          { sequence: 2, topic: 't', payload: new Uint8Array(Buffer.from('"é"')) },
        ],
      },
    });
  });

  it('is put into order by its sequences, whatever shape they are in', () => {
    const shapes = ['{"seq":2,"topic":"t","payload":1}', '{"seq":1,"topic":"u","payload":1}'];
    expect(unpackShapes(shapes)).toMatchObject({ value: { events: [{ sequence: 1 }, { sequence: 2 }] } });
  });

  it('is written out where it is of a single event', () => {
    const format = { ...FORMAT, codec: 'columns' } as const;
    const [one] = packBatches(format, [composePart(sampleEvent())], 60_000);
    const [written] = packBatches(FORMAT, [composePart(sampleEvent())], 60_000);
    expect(one?.packet.payload).toEqual(written?.packet.payload);
  });

  it('keeps what it does not know', () => {
    const batch = unpackValue({ ...BATCH, codec: 7, events: [{ ...EVENT, trace: 'x' }] });
    expect(batch).toMatchObject({ value: { extra: { codec: 7 }, events: [{ extra: { trace: 'x' } }] } });
    const shape = JSON.stringify({ ...EVENT, trace: 'x' });
    expect(unpackShapes([shape], { events: 7 })).toMatchObject({
      value: { extra: { events: 7 }, events: [{ extra: { trace: 'x' } }] },
    });
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

  it('parses no more values than it may, wherever they stand', () => {
    const parse = vi.spyOn(JSON, 'parse');
    const many = `[${'{},'.repeat(MAX_UNPACKED_VALUES / 2)}0]`;
    const texts = [
      JSON.stringify({ ...BATCH, events: 0 }).replace('"events":0', `"events":${many}`),
      JSON.stringify({ ...BATCH, more: 0 }).replace('"more":0', `"more":${many}`),
    ];
    for (const text of texts) expect(unpackText(text)).toEqual({ isDecoded: false, reason: 'too-large' });
    expect(parse).not.toHaveBeenCalled();
    parse.mockRestore();
    const event = JSON.stringify({ ...EVENT, payload: 0 }).replace('"payload":0', `"payload":${many}`);
    expect(unpackShapes([event])).toEqual({ isDecoded: false, reason: 'too-large' });
    const listed = JSON.stringify({ ...BATCH, events: [{ ...EVENT, payload: '{,['.repeat(MAX_UNPACKED_VALUES) }] });
    expect(unpackText(listed)).toMatchObject({ isDecoded: true });
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
    ['a newer version', { v: 3 }, 'unknown-version'],
    ['no gateway', { gateway: undefined }, 'wrong-member'],
    ['an empty stream', { stream: '' }, 'wrong-member'],
    ['a sequence that is no number', { from: '1' }, 'wrong-member'],
    ['a sequence of 0', { from: 0 }, 'wrong-member'],
    ['a sequence that no number holds', { to: 2 ** 53 }, 'wrong-member'],
    ['a prev that says something else', { prev: 7 }, 'wrong-member'],
    ['a replayed that says something else', { replayed: 'yes' }, 'wrong-member'],
    ['no events', { events: [] }, 'wrong-member'],
    ['more events than a batch has', { events: Array.from({ length: MAX_BATCH_EVENTS + 1 }, () => 1) }, 'too-large'],
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

  it.each<[string, readonly string[], string]>([
    ['no shapes', [], 'wrong-member'],
    ['a shape of nothing', [''], 'not-json'],
    ['more events than a batch has', Array.from({ length: MAX_BATCH_EVENTS + 1 }, () => '{}'), 'too-large'],
    ['a column that is missing', ['{"seq":\u001a}'], 'wrong-column'],
    ['text that is no JSON', ['{"seq":2,"topic":"t"'], 'not-json'],
    ['text that goes on behind the event', ['{"seq":2,"topic":"t","payload":1}{}'], 'not-json'],
    ['an event that is none', ['7'], 'wrong-member'],
    ['an event without a sequence', ['{"topic":"t","payload":1}'], 'wrong-member'],
    ['two sequences', ['{"seq":2,"seq":2,"topic":"t","payload":1}'], 'duplicate-key'],
    ['an event beyond the end', ['{"seq":3,"topic":"t","payload":1}'], 'wrong-sequence'],
    ['an event twice', ['{"seq":2,"topic":"t","payload":1}', '{"seq":2,"topic":"t","payload":1}'], 'wrong-sequence'],
  ])('by columns: %s', (_, shapes, reason) => {
    expect(unpackShapes(shapes)).toEqual({ isDecoded: false, reason });
  });

  it.each([
    ['shapes of version 1', `${JSON.stringify(BATCH)}\u001d${JSON.stringify(EVENT)}`],
    ['version 2 without shapes', JSON.stringify({ ...BATCH, v: 2 })],
  ])('%s', (_, text) => {
    expect(unpackText(text)).toEqual({ isDecoded: false, reason: 'wrong-member' });
  });
});
