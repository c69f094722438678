import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeGnssSentence } from '#devices/nmea0183/gnss-sentence.ts';
import type { UbxMessage } from '#devices/ubx/ubx-message.ts';
import { sayEpoch } from './fake-receiver.ts';
import { gpsMoment, sayUbxEpoch } from './fake-ubx-receiver.ts';
import { GnssDecoder } from './gnss-decoder.ts';

const NOON = Date.UTC(2026, 10, 20, 12);
const CHUNK_BYTES = 65_536;
const MEGABYTE = 1 << 20;

/** Bytes of a fixed generator (xorshift), so that a run can be had again. */
function* noise(totalBytes: number): Generator<Uint8Array> {
  let state = 0x9e3779b9;
  const chunk = new Uint32Array(CHUNK_BYTES / 4);
  for (let sent = 0; sent < totalBytes; sent += CHUNK_BYTES) {
    for (let index = 0; index < chunk.length; index++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      chunk[index] = state;
    }
    yield new Uint8Array(chunk.buffer);
  }
}

it('finds no fix in 10 MB of noise, and does not grow on it [S1]', () => {
  const decoder = new GnssDecoder();
  let fixCount = 0;
  const read = (totalBytes: number) => {
    for (const chunk of noise(totalBytes)) {
      fixCount += decoder.push(chunk).filter(({ mode }) => mode !== 'none').length;
    }
    return process.memoryUsage().heapUsed;
  };
  const afterOneMegabyte = read(MEGABYTE);
  expect(read(9 * MEGABYTE) - afterOneMegabyte).toBeLessThan(32 * MEGABYTE);
  expect(fixCount).toBe(0);
});

it('does not grow on pages of the sky that never make a view [S1]', () => {
  const decoder = new GnssDecoder();
  const read = (pageCount: number) => {
    for (let index = 0; index < pageCount; index++) {
      const satellite = { id: index, elevationDeg: 40, azimuthDeg: 83, signalDbHz: 46 };
      const view = { pageCount: 2, page: 2, satellitesVisible: 8, satellites: [satellite], signalId: undefined };
      decoder.push(Buffer.from(`${encodeGnssSentence({ type: 'GSV', talker: 'GP', ...view })}\r\n`, 'latin1'));
    }
    return process.memoryUsage().heapUsed;
  };
  const afterFew = read(1000);
  expect(read(150_000) - afterFew).toBeLessThan(32 * MEGABYTE);
});

it('takes any messages of both protocols in any order without an exception, and never an unvouched place [S1]', () => {
  const types = fc.constantFrom<UbxMessage['type']>(
    'NAV-PVT',
    'NAV-SOL',
    'NAV-STATUS',
    'NAV-POSLLH',
    'NAV-VELNED',
    'NAV-TIMEUTC',
    'NAV-TIMEGPS',
    'NAV-DOP',
    'NAV-EOE',
  );
  const addresses = fc.constantFrom('GPRMC', 'GPGGA', 'GNGNS', 'GPGLL', 'GPGSA', 'GPVTG', 'GPZDA');
  const mode = fc.constantFrom('none' as const, '2d' as const, '3d' as const);
  const unixMs = fc.oneof(fc.integer({ min: NOON, max: NOON + 5000 }), fc.integer({ min: NOON, max: NOON + 9e8 }));
  const message = fc.record({ unixMs, mode, type: fc.oneof(types, addresses), isTimed: fc.boolean() });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 120 }), (messages) => {
      const decoder = new GnssDecoder();
      const epochs = messages.flatMap((said) => {
        const timeOfDayMs = said.unixMs % 86_400_000;
        const time = said.isTimed ? { timeOfDayMs, dateUnixMs: said.unixMs - timeOfDayMs } : {};
        const facts = { ...time, mode: said.mode };
        const bytes = isUbx(said.type)
          ? sayUbxEpoch(facts, gpsMoment(said.unixMs), [said.type])
          : Buffer.from(`${sayEpoch(facts, [said.type]).join('')}\r\n`, 'latin1');
        return decoder.push(bytes);
      });
      for (const epoch of [...epochs, ...decoder.flush()]) {
        expect(epoch.mode === 'none').toBe(epoch.latitudeDeg === undefined);
        if (epoch.mode === 'none') expect(epoch).not.toHaveProperty('speedMps');
      }
    }),
    { numRuns: 200 },
  );
});

function isUbx(type: string): type is UbxMessage['type'] {
  return type.startsWith('NAV-');
}
