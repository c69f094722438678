import { zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { unpacked } from './unpack.ts';
import { MAX_FRAME_BYTES, ZstdFrames } from './zstd-frames.ts';

const FIRST = {
  ...{ v: 1, gateway: 'uid-1', stream: 'telemetry', epoch: '00000000000000aa', from: 1, to: 3, prev: 'none' },
  events: [
    { seq: 2, first: 1, topic: 'events/gateway.lost', payload: { type: 'gateway.lost' } },
    { seq: 3, time: '2026-11-20T15:04:05.200Z', topic: 'a/\u001b[31m', payloadBase64: 'AP8K' },
  ],
};
const SECOND = {
  ...FIRST,
  prev: undefined,
  replayed: true,
  from: 4,
  to: 4,
  events: [{ seq: 4, topic: 'b', payload: 2.5 }],
};
const PAYLOADS = Buffer.concat([FIRST, SECOND].map((batch) => zstdCompressSync(Buffer.from(JSON.stringify(batch)))));

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function print(bytes: Buffer, size = 7, options: { readonly json?: true } = {}): Promise<string> {
  return (await Array.fromAsync(unpacked('-', inPieces(bytes, size), options))).join('');
}

describe('waystation unpack', () => {
  it('prints the events of payloads that came one behind the other, however they are cut', async () => {
    const lines = [
      '(telemetry 1 to 3: opens a chain)',
      '- telemetry 2 events/gateway.lost {"type":"gateway.lost"}',
      '2026-11-20T15:04:05.200Z telemetry 3 a/\\x1b[31m base64:AP8K',
      '(telemetry 4 to 4: replayed)',
      '- telemetry 4 b 2.5',
    ];
    for (const size of [1, 7, 1000]) expect(await print(PAYLOADS, size)).toBe(`${lines.join('\n')}\n`);
  });

  it('prints a line of JSON for each event, with the id of a single one', async () => {
    const [loss, bytes, replayed] = (await print(PAYLOADS, 7, { json: true }))
      .split('\n')
      .map((line) => line && JSON.parse(line));
    expect(loss).toEqual({
      ...{ source: '/gateways/uid-1', id: 'telemetry/00000000000000aa/1-2', stream: 'telemetry' },
      ...{ epoch: '00000000000000aa', sequence: 2, firstLost: 1, topic: 'events/gateway.lost' },
      payload: '{"type":"gateway.lost"}',
    });
    expect(bytes).toMatchObject({ id: 'telemetry/00000000000000aa/3', payloadBase64: 'AP8K' });
    expect(replayed).toMatchObject({ replayed: true, payload: '2.5' });
  });

  it.each([
    ['nothing', Buffer.alloc(0), /Reading batch 1 of standard input: there is none/],
    ['something else', Buffer.from('{"v":1}'), /Reading batch 1 .*: no zstd frame begins there/],
    ['payloads that are cut short', PAYLOADS.subarray(0, -3), /Reading batch 2 .*: it is cut short/],
    ['a line end between two', Buffer.concat([PAYLOADS, Buffer.from('\n'), PAYLOADS]), /Reading batch 3/],
    ['zstd of something else', zstdCompressSync(Buffer.from('[1]')), /Reading batch 1 .*: it is something else/],
    ['a newer version', zstdCompressSync(Buffer.from('{"v":2}')), /Reading batch 1 .*: it is of a newer version/],
  ])('says where it cannot read on: %s', async (_, bytes, words) => {
    await expect(print(bytes)).rejects.toThrow(
      expect.objectContaining({ code: 'batch.unreadable', message: expect.stringMatching(words) }),
    );
  });

  it('keeps no more of a frame than the largest that there is', () => {
    const frames = new ZstdFrames();
    // A raw block that says it is as long as one can be, again and again.
    const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]);
    const block = Buffer.concat([Buffer.from([0x00, 0x00, 0x10]), Buffer.alloc(2 ** 17)]);
    const blocks = Buffer.concat(Array.from({ length: 16 }, () => block));
    frames.push(head);
    expect(() => {
      for (let size = 0; size < 2 * MAX_FRAME_BYTES; size += blocks.length) frames.push(blocks);
    }).toThrow(/longer than/);
  });
});
