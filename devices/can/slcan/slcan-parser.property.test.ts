import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CAN_FD_LENGTHS, MAX_EXTENDED_ID, MAX_STANDARD_ID } from '#devices/can/can-frame.ts';
import { SlcanCommandParser } from './slcan-command.ts';
import { encodeSlcanItem, type SlcanItem } from './slcan-item.ts';
import { collectSlcan } from './testing/collect-slcan.ts';

const data = fc.uint8Array({ maxLength: 8 });
const fdData = fc
  .constantFrom(...CAN_FD_LENGTHS)
  .chain((length) => fc.uint8Array({ minLength: length, maxLength: length }));
const timestampMs = fc.integer({ min: 0, max: 59_999 });
const frames = fc
  .oneof(
    fc.record({ id: fc.integer({ min: 0, max: MAX_STANDARD_ID }), isExtended: fc.constant(false) }),
    fc.record({ id: fc.integer({ min: 0, max: MAX_EXTENDED_ID }), isExtended: fc.constant(true) }),
  )
  .chain((id) =>
    fc.oneof(
      fc.record({ ...constants(id), isRemote: fc.constant(false), data, timestampMs }),
      fc.record({
        ...constants(id),
        isRemote: fc.constant(false),
        data: fdData,
        timestampMs,
        isFd: fc.constant(true),
        isBitrateSwitched: fc.boolean(),
      }),
      fc.record({ ...constants(id), isRemote: fc.constant(true), data: fc.constant(new Uint8Array(0)), timestampMs }),
    ),
  );
const items: fc.Arbitrary<SlcanItem> = fc.oneof(
  fc.record({ kind: fc.constant('frame' as const), frame: frames }),
  fc.constantFrom<SlcanItem>({ kind: 'ok' }, { kind: 'error' }, { kind: 'sent', isExtended: true }),
  fc.record({ kind: fc.constant('status' as const), flags: fc.integer({ min: 0, max: 255 }) }),
);

function constants(id: { readonly id: number; readonly isExtended: boolean }) {
  return { id: fc.constant(id.id), isExtended: fc.constant(id.isExtended) };
}

/** Cuts the bytes at these places. */
function chunksOf(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

it('reads back what it writes, in any chunking [S1]', () => {
  fc.assert(
    fc.property(fc.array(items, { maxLength: 20 }), fc.array(fc.nat(), { maxLength: 20 }), (sent, cuts) => {
      const bytes = Buffer.concat(sent.map((item) => encodeSlcanItem(item, { withTimestamp: true })));
      expect(collectSlcan(...chunksOf(bytes, cuts))).toEqual({ items: sent, rejections: {} });
    }),
  );
});

it('takes any bytes without an exception, and understands the next frame [S1]', () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc
      .string({ unit: fc.constantFrom(...'tTrRdzZFVN0189aFx\r\n\x07'), maxLength: 400 })
      .map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(noise, (bytes) => {
      const { items } = collectSlcan(bytes, Buffer.from('\r'), Buffer.from('t1230\r'));
      for (const item of items) {
        if (item.kind === 'frame')
          expect(item.frame.data.length).toBeLessThanOrEqual(item.frame.isFd === true ? 64 : 8);
      }
      expect(items.at(-1)).toMatchObject({ kind: 'frame', frame: { id: 0x123 } });
      const adapter = new SlcanCommandParser();
      adapter.push(bytes);
      adapter.push(Buffer.from('\r'));
      expect(adapter.push(Buffer.from('O\r'))).toEqual([{ isDecoded: true, value: { kind: 'open' } }]);
    }),
  );
});
