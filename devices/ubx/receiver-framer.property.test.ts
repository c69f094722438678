import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ReceiverFramer } from './receiver-framer.ts';
import { isSoundSentence } from './sound-sentence.ts';
import { encodeUbxFrame } from './ubx-frame.ts';

/** A piece of what is on the wire, and whether it must be found there. */
interface Piece {
  readonly bytes: Uint8Array;
  readonly isSound: boolean;
}

const CLASSES = [0x01, 0x02, 0x04, 0x0a, 0x21, 0x55];

const sentence = fc.stringMatching(/^[A-Z0-9,.]{1,70}$/).map((body): Piece => {
  const sum = Buffer.from(body).reduce((xor, byte) => xor ^ byte, 0);
  return { bytes: Buffer.from(`$${body}*${sum.toString(16).padStart(2, '0')}\r\n`), isSound: true };
});

const ubxFrame = fc
  .record({
    messageClass: fc.constantFrom(0x01, 0x02, 0x0a, 0x10),
    messageId: fc.nat(255),
    payload: fc.uint8Array({ maxLength: 700, size: 'max' }),
  })
  .map(({ messageClass, messageId, payload }): Piece => {
    const bytes = encodeUbxFrame({ messageClass, messageId, payload: new DataView(payload.buffer) });
    return { bytes, isSound: true };
  });

const noise = fc
  .oneof(
    fc.uint8Array({ maxLength: 30 }),
    fc.stringMatching(/^[$!a-c\r\n*]{0,30}$/).map((text) => Buffer.from(text)),
    fc
      .tuple(fc.constantFrom(...CLASSES), fc.nat(255), fc.nat(4200), fc.integer({ min: 1, max: 6 }))
      .map(([messageClass, id, length, cut]) =>
        Uint8Array.of(0xb5, 0x62, messageClass, id, length & 0xff, length >> 8).subarray(0, cut),
      ),
    fc.tuple(fc.nat(3), fc.nat(255)).map(([high, low]) => Uint8Array.of(0xd3, high, low)),
    ubxFrame.chain(({ bytes }) => fc.nat(bytes.length - 1).map((length) => bytes.subarray(0, length))),
  )
  .map((bytes): Piece => ({ bytes, isSound: false }));

/** Headers of long frames, one behind the other: more than are worth the work. */
const flood = fc.integer({ min: 1, max: 150 }).map((count): Piece => {
  return { bytes: Buffer.concat(Array(count).fill(Uint8Array.of(0xb5, 0x62, 0x01, 0x35, 0x00, 0x08))), isSound: false };
});

const pieces = fc.array(fc.oneof(sentence, ubxFrame, noise), { maxLength: 30 });

function frame(chunks: readonly Uint8Array[]) {
  const found: string[] = [];
  let foundBytes = 0;
  const framer = new ReceiverFramer({
    onLine: (bytes, start, end) => {
      foundBytes += end - start;
      const line = Buffer.from(bytes.subarray(start, end)).toString('latin1');
      found.push(isSoundSentence(bytes, start, end) ? line : `? ${line}`);
    },
    onUbx: (ubx) => {
      foundBytes += ubx.payload.byteLength + 8;
      found.push(Buffer.from(encodeUbxFrame(ubx)).toString('hex'));
    },
  });
  for (const chunk of chunks) framer.push(chunk);
  framer.flush();
  const { discardedBytes, badFrames, rtcmFrames } = framer;
  return { found, foundBytes, discardedBytes, badFrames, rtcmFrames };
}

it('gives the same lines and frames in any chunking [S1]', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(sentence, ubxFrame, noise, flood), { maxLength: 30 }),
      fc.array(fc.nat(9000)),
      (parts, cuts) => {
        const stream = Buffer.concat(parts.map(({ bytes }) => bytes));
        const edges = [0, ...cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b), stream.length];
        const chunks = edges.slice(1).map((end, index) => stream.subarray(edges[index], end));
        const whole = frame([stream]);
        expect(frame(chunks)).toEqual(whole);
        expect(frame(Array.from(stream, (byte) => Uint8Array.of(byte)))).toEqual(whole);
      },
    ),
    { numRuns: 150 },
  );
});

it('finds every sentence and frame that came whole, in order, whatever came in between [S1]', () => {
  fc.assert(
    fc.property(pieces, (parts) => {
      const sound = parts.filter(({ isSound }) => isSound).map(({ bytes }) => bytes);
      const expected = sound.map((bytes) => {
        const whole = Buffer.from(bytes);
        return whole[0] === 0x24 ? whole.toString('latin1').trim() : whole.toString('hex');
      });
      const { found } = frame([Buffer.concat(parts.map(({ bytes }) => bytes))]);
      expect(found.filter((one) => !one.startsWith('?'))).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});

it('accounts for every byte: in a line, a line ending, a frame, or discarded [S1]', () => {
  fc.assert(
    fc.property(pieces, (parts) => {
      const stream = Buffer.concat(parts.map(({ bytes }) => bytes));
      const { foundBytes, discardedBytes } = frame([stream]);
      const rest = stream.length - foundBytes - discardedBytes;
      expect(rest).toBeGreaterThanOrEqual(0);
      expect(rest).toBeLessThanOrEqual(stream.filter((byte) => byte === 0x0a || byte === 0x0d).length);
    }),
    { numRuns: 300 },
  );
});
