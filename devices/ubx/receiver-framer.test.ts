import { describe, expect, it } from 'vitest';
import { ReceiverFramer } from './receiver-framer.ts';
import { encodeUbxFrame } from './ubx-frame.ts';

const text = (bytes: string) => Buffer.from(bytes, 'latin1');

function frame(stream: Uint8Array, chunkBytes = stream.length) {
  const lines: string[] = [];
  const frames: string[] = [];
  const framer = new ReceiverFramer({
    onLine: (bytes, start, end) => lines.push(Buffer.from(bytes.subarray(start, end)).toString('latin1')),
    onUbx: ({ messageClass, messageId, payload }) =>
      frames.push(`${messageClass.toString(16)} ${messageId.toString(16)} ${payload.byteLength}`),
  });
  for (let start = 0; start < stream.length; start += chunkBytes) {
    framer.push(stream.subarray(start, start + chunkBytes));
  }
  return { framer, lines, frames };
}

/** What came out of a stream, and what did not. */
interface Found {
  readonly lines: readonly string[];
  readonly frames: readonly string[];
  readonly discardedBytes: number;
  readonly badFrames: number;
  readonly rtcmFrames: number;
}

function flushed(stream: Uint8Array): Found {
  const { framer, lines, frames } = frame(stream);
  framer.flush();
  const { discardedBytes, badFrames, rtcmFrames } = framer;
  return { lines, frames, discardedBytes, badFrames, rtcmFrames };
}

const NOTHING: Found = { lines: [], frames: [], discardedBytes: 0, badFrames: 0, rtcmFrames: 0 };

function ubx(messageClass: number, messageId: number, payload: Uint8Array): Uint8Array {
  return encodeUbxFrame({
    messageClass,
    messageId,
    payload: new DataView(payload.buffer, payload.byteOffset, payload.length),
  });
}

const EOE = ubx(0x01, 0x61, Uint8Array.of(4, 3, 2, 1));
const NAV_SAT = ubx(0x01, 0x35, new Uint8Array(8 + 12 * 60));
/** A message of type 1005 with its parity, as the RTCM standard prints it. */
const RTCM = Buffer.from('d300133ed7d30202980edeef34b4bd62ac0941986f33360b98', 'hex');
const SENTENCE = text('$GPGLL,,,,,,V,N*64\r\n');
const LINE = '$GPGLL,,,,,,V,N*64';
/** The header of a frame of 4096 bytes that never comes, and of one of 256. */
const FALSE_LONG = Uint8Array.of(0xb5, 0x62, 0x01, 0x35, 0x00, 0x10);
const FALSE_SHORT = Uint8Array.of(0xb5, 0x62, 0x01, 0x35, 0x00, 0x01);
const FALSE_RTCM = Uint8Array.of(0xd3, 0x03, 0xff);

describe('ReceiverFramer, lines', () => {
  it.each<[title: string, stream: string, lines: string[], discardedBytes: number]>([
    ['ends a line at CR LF', '$a\r\n$b\r\n', ['$a', '$b'], 0],
    ['ends a line at LF alone', '$a\n$b\n', ['$a', '$b'], 0],
    ['ends a line at CR alone', '$a\r$b\r', ['$a', '$b'], 0],
    ['begins a line at ! too', '!AIVDM\r\n', ['!AIVDM'], 0],
    ['counts what stands before a line', 'noise$a\r\n', ['$a'], 5],
    ['counts comments, not their line endings', '# made up\r\n$a\r\n', ['$a'], 9],
    ['drops a line whose tail was lost when the next begins', '$lost$a\r\n', ['$a'], 5],
    ['drops a line with a byte that is not printable', '$a\x00b\r\n$c\r\n', ['$c'], 4],
    ['drops a line with a byte above ASCII', '$a\x80b\r\n$c\r\n', ['$c'], 4],
    ['keeps a line of the longest length', `$${'x'.repeat(255)}\r\n`, [`$${'x'.repeat(255)}`], 0],
    ['drops a line that is one longer', `$${'x'.repeat(256)}\r\n$a\r\n`, ['$a'], 257],
    ['gives out on flush what has no line ending', '$a\r\n$b', ['$a', '$b'], 0],
    ['makes no line of line endings', '\r\n\r\n', [], 0],
  ])('%s [S1]', (_title, stream, lines, discardedBytes) => {
    expect(flushed(text(stream))).toEqual({ ...NOTHING, lines, discardedBytes });
  });
});

describe('ReceiverFramer, frames', () => {
  it.each<[title: string, parts: readonly Uint8Array[], found: Partial<Found>]>([
    ['reads a UBX frame', [EOE], { frames: ['1 61 4'] }],
    ['reads a frame without payload', [ubx(0x0a, 0x04, new Uint8Array(0))], { frames: ['a 4 0'] }],
    ['reads a frame of the longest payload', [ubx(0x02, 0x15, new Uint8Array(4096))], { frames: ['2 15 4096'] }],
    [
      'reads frames and lines in turns',
      [EOE, SENTENCE, NAV_SAT, SENTENCE],
      { lines: [LINE, LINE], frames: ['1 61 4', '1 35 728'] },
    ],
    ['counts RTCM', [SENTENCE, RTCM, EOE], { lines: [LINE], frames: ['1 61 4'], rtcmFrames: 1 }],
    ['drops a line that a frame cuts', [text('$GPGGA,12'), EOE], { frames: ['1 61 4'], discardedBytes: 9 }],
    [
      'finds the line that cuts a frame',
      [EOE.subarray(0, 8), SENTENCE],
      { lines: [LINE], discardedBytes: 8, badFrames: 1 },
    ],
    [
      'finds the frame that cuts a frame',
      [EOE.subarray(0, 8), EOE],
      { frames: ['1 61 4'], discardedBytes: 8, badFrames: 1 },
    ],
    [
      'drops a frame with a wrong checksum',
      [EOE.with(6, 5), EOE],
      { frames: ['1 61 4'], discardedBytes: 12, badFrames: 1 },
    ],
    [
      'drops RTCM with a wrong parity',
      [RTCM.with(9, 5), EOE],
      { frames: ['1 61 4'], discardedBytes: 25, badFrames: 2 },
    ],
    [
      'finds a frame behind a stray sync character',
      [Uint8Array.of(0xb5), EOE],
      { frames: ['1 61 4'], discardedBytes: 1 },
    ],
    [
      'finds a frame behind half a header',
      [FALSE_LONG.subarray(0, 3), EOE],
      { frames: ['1 61 4'], discardedBytes: 3, badFrames: 1 },
    ],
    [
      'waits for no class that u-blox has not',
      [Uint8Array.of(0xb5, 0x62, 0x99, 0, 9, 0), EOE],
      { frames: ['1 61 4'], discardedBytes: 6 },
    ],
    [
      'waits for no payload over the longest',
      [Uint8Array.of(0xb5, 0x62, 1, 7, 1, 16), EOE],
      { frames: ['1 61 4'], discardedBytes: 6 },
    ],
    [
      'waits for no RTCM with reserved bits',
      [Uint8Array.of(0xd3, 0x04, 9), EOE],
      { frames: ['1 61 4'], discardedBytes: 3 },
    ],
    [
      'loses nothing inside a false frame',
      [FALSE_LONG, SENTENCE, EOE],
      { lines: [LINE], frames: ['1 61 4'], discardedBytes: 6, badFrames: 1 },
    ],
    ['gives up on flush what is not complete', [EOE.subarray(0, 11)], { discardedBytes: 11, badFrames: 1 }],
  ])('%s [S1]', (_title, parts, found) => {
    expect(flushed(Buffer.concat(parts))).toEqual({ ...NOTHING, ...found });
  });

  it('starts anew after a flush', () => {
    const { framer, lines, frames } = frame(Buffer.concat([text('$first'), EOE.subarray(0, 8)]));
    framer.flush();
    framer.push(Buffer.concat([EOE.subarray(8), SENTENCE]));
    expect({ lines, frames }).toEqual({ lines: [LINE], frames: [] });
  });

  it('believes a text message, though what it says looks like a sentence', () => {
    const inf = ubx(0x04, 0x02, Buffer.concat([SENTENCE, text(' '.repeat(400))]));
    for (const chunkBytes of [1, 7, inf.length]) {
      expect(frame(inf, chunkBytes)).toMatchObject({ lines: [], frames: [`4 2 ${inf.length - 8}`] });
    }
  });
});

describe('ReceiverFramer, while bytes come', () => {
  it.each<[title: string, header: Uint8Array, sound: Uint8Array, isLine: boolean]>([
    ['a sentence inside a long UBX frame', FALSE_LONG, SENTENCE, true],
    ['a frame inside a long UBX frame', FALSE_LONG, EOE, false],
    ['a sentence inside two long frames', Buffer.concat([FALSE_LONG, FALSE_LONG]), SENTENCE, true],
    ['a sentence inside a long RTCM frame', FALSE_RTCM, SENTENCE, true],
    ['a frame inside a long RTCM frame', FALSE_RTCM, EOE, false],
  ])('%s is given out as soon as it is complete', (_title, header, sound, isLine) => {
    // What came before must make no difference.
    const before = Buffer.concat(Array<Buffer>(1000).fill(text('# before\r\n')));
    const { lines, frames } = frame(Buffer.concat([before, header, sound]), 1);
    expect(isLine ? lines : frames).toHaveLength(1);
  });

  it('holds no more than a short frame back behind a false header, whatever comes', () => {
    const seconds = 20;
    const { lines } = frame(Buffer.concat([FALSE_SHORT, ...Array<Buffer>(seconds).fill(SENTENCE)]), SENTENCE.length);
    expect(lines).toHaveLength(seconds);
  });

  it('holds lines without a checksum back for one frame at most', () => {
    const second = text('$GPGLL,,,,,,V,N\r\n'.repeat(10));
    const { lines } = frame(Buffer.concat([FALSE_LONG, ...Array<Buffer>(25).fill(second)]), second.length);
    expect(lines).toHaveLength(250);
  });

  it('finds long frames one after the other in any chunks, and nothing in between', () => {
    const stream = Buffer.concat(Array<Uint8Array>(5).fill(NAV_SAT));
    for (const chunkBytes of [1, 100, 737, stream.length]) {
      expect(frame(stream, chunkBytes)).toMatchObject({ frames: Array(5).fill('1 35 728') });
    }
  });
});

describe('ReceiverFramer, on what no receiver sends', () => {
  it('hears no frame in 8 MB of noise, and drops nearly all of it', () => {
    // Marsaglia's xorshift: the same noise in each run.
    let word = 0x2545_f491;
    const noise = new Uint32Array(2_000_000).map(() => {
      word ^= word << 13;
      word ^= word >>> 17;
      word ^= word << 5;
      return word;
    });
    const { framer, frames } = frame(new Uint8Array(noise.buffer), 65_536);
    expect(frames).toEqual([]);
    expect(framer.discardedBytes).toBeGreaterThan(7.8e6);
    expect(framer.badFrames).toBeGreaterThan(100);
  });

  it('hears short frames and sentences through a flood of false headers, and long frames after it', () => {
    const flood = Buffer.concat(Array<Uint8Array>(3000).fill(FALSE_LONG));
    const rest = [flood, EOE, flood, SENTENCE, new Uint8Array(100_000), NAV_SAT];
    expect(flushed(Buffer.concat(rest))).toMatchObject({ lines: [LINE], frames: ['1 61 4', '1 35 728'] });
  });

  it('has no work without end with headers that claim one long frame after the other', () => {
    // Each of them summed up would take longer than a test may.
    const flood = Buffer.concat(Array<Uint8Array>(1_000_000).fill(FALSE_RTCM));
    expect(flushed(flood)).toEqual({ ...NOTHING, discardedBytes: 3_000_000, badFrames: 1_000_000 });
  });
});
