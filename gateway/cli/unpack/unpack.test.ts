import { constants, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type UnpackOptions, unpacked } from './unpack.ts';
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
const [FIRST_FRAME, SECOND_FRAME] = [FIRST, SECOND].map((batch) => {
  return zstdCompressSync(Buffer.from(JSON.stringify(batch)), { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
}) as [Buffer, Buffer];
const PAYLOADS = Buffer.concat([FIRST_FRAME, SECOND_FRAME]);

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function print(bytes: Buffer, size = 7, options: Partial<UnpackOptions> = {}): Promise<string> {
  return (await Array.fromAsync(unpacked('-', inPieces(bytes, size), { warn: () => {}, ...options }))).join('');
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
  ])('says where it cannot read on: %s', async (_, bytes, words) => {
    await expect(print(bytes)).rejects.toThrow(
      expect.objectContaining({ code: 'batch.unreadable', message: expect.stringMatching(words) }),
    );
  });

  it('goes on behind a batch that it cannot read, and says so at once and at the end', async () => {
    const damaged = Buffer.from(FIRST_FRAME);
    damaged.writeUInt8((damaged.at(-1) ?? 0) ^ 1, damaged.length - 1);
    const others = ['[1]', '{"v":3}'].map((text) => zstdCompressSync(Buffer.from(text)));
    const [lines, warnings]: [string[], string[]] = [[], []];
    const reading = async () => {
      const input = inPieces(Buffer.concat([damaged, ...others, PAYLOADS]), 7);
      for await (const text of unpacked('-', input, { warn: (words) => warnings.push(words) })) lines.push(text);
    };
    await expect(reading).rejects.toThrow('3 of 5 batches of standard input could not be read.');
    expect(lines.join('')).toBe(await print(PAYLOADS));
    expect(warnings).toEqual([
      'Reading batch 1 of standard input: it is damaged',
      'Reading batch 2 of standard input: it is something else',
      expect.stringMatching(/^Reading batch 3 of standard input: it is of a newer version: read it with/),
    ]);
  });

  it('looks at each block once, in however many pieces a frame comes', () => {
    const frames = new ZstdFrames();
    frames.push(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]));
    // Blocks of nothing: were each of them looked at again for every piece, this would take minutes.
    const blocks = Buffer.alloc(3 * 20);
    const early = Array.from({ length: 50_000 }, () => frames.push(blocks)).flat();
    expect(early).toHaveLength(0);
    expect(frames.push(Buffer.from([0x01, 0x00, 0x00]))).toHaveLength(1);
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
