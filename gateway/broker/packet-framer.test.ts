import { describe, expect, it } from 'vitest';
import { PacketFramer } from './packet-framer.ts';

const LIMIT = 1000;

describe('PacketFramer', () => {
  it('passes a run of whole packets on as it came, without a copy', () => {
    const chunk = Buffer.from('c000c000300400026161', 'hex');
    const framed = new PacketFramer(LIMIT).push(chunk);
    expect(framed).toEqual({ isFramed: true, whole: [chunk], publishCount: 1, rest: Buffer.alloc(0) });
    expect(framed.isFramed && framed.whole[0]?.buffer === chunk.buffer).toBe(true);
  });

  it('holds back an incomplete packet until its last byte', () => {
    const framer = new PacketFramer(LIMIT);
    const packet = Buffer.concat([Buffer.from([0x30, 0x80, 0x01]), Buffer.alloc(128, 7)]);
    const pieces = [...packet].map((byte) => framer.push(Buffer.from([byte])));
    const whole = pieces.map((piece) => (piece.isFramed ? piece.whole.length : -1));
    expect(whole).toEqual([...Array.from({ length: packet.length - 1 }, () => 0), 1]);
    expect(pieces.at(-1)).toMatchObject({ whole: [packet] });
  });

  it('stops after as many packets as were asked for and gives back the rest', () => {
    const chunk = Buffer.from('c000c000e000', 'hex');
    expect(new PacketFramer(LIMIT).push(chunk, 1)).toEqual({
      isFramed: true,
      whole: [chunk.subarray(0, 2)],
      publishCount: 0,
      rest: chunk.subarray(2),
    });
  });

  it.each([
    ['packetTooLarge', 'a length of 998, two header bytes and one length byte over', '30e607'],
    ['packetTooLarge', '200 MB declared', '1080a8d65f'],
    ['packetTooLarge', 'the largest length there is', '10ffffff7f'],
    ['malformedLength', 'a length of five bytes', '10ffffffff'],
    ['malformedLength', 'a length that never ends', '10808080808000'],
    ['packetTooLarge', 'a good packet before a large one', 'c00030ffff7f'],
  ])('rejects with %s: %s', (reason, _what, hex) => {
    const bytes = Buffer.from(hex, 'hex');
    expect(new PacketFramer(LIMIT).push(bytes)).toEqual({ isFramed: false, reason });
    const framer = new PacketFramer(LIMIT);
    const results = [...bytes].map((byte) => framer.push(Buffer.from([byte])));
    expect(results.find(({ isFramed }) => !isFramed)).toEqual({ isFramed: false, reason });
  });

  it('lets a packet of exactly the limit pass', () => {
    const packet = Buffer.concat([Buffer.from([0x30, 0xe5, 0x07]), Buffer.alloc(997)]);
    expect(packet).toHaveLength(LIMIT);
    expect(new PacketFramer(LIMIT).push(packet)).toMatchObject({ isFramed: true, whole: [packet] });
  });
});
