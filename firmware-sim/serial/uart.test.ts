import { describe, expect, it } from 'vitest';
import { GnssDecoder } from '#devices/gps/gnss-decoder.ts';
import { BAUD_RATES } from '#firmware-sim/receiver/receiver-spec.ts';
import { readAtSpeed, uartMs } from './uart.ts';

const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, value) => value);
const SENTENCE = Buffer.from('$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\r\n'.repeat(20));
const pairs = BAUD_RATES.flatMap((sent) =>
  BAUD_RATES.filter((read) => read !== sent).map((read) => [sent, read] as const),
);

describe('readAtSpeed', () => {
  it('changes nothing at the same speed, nor at one within two percent', () => {
    expect(readAtSpeed(ALL_BYTES, 9600, 9600)).toEqual(ALL_BYTES);
    expect(readAtSpeed(ALL_BYTES, 9600, 9780)).toEqual(ALL_BYTES);
    expect(readAtSpeed(ALL_BYTES, 9600, 9420)).toEqual(ALL_BYTES);
  });

  it('reads known bytes as a UART does', () => {
    // 0x00 at half speed: start and eight zeros last 4.5 bits of the reader: its start bit and three more, then the line is high.
    expect([...readAtSpeed(Uint8Array.of(0x00), 9600, 4800)]).toEqual([0xf8]);
    // At double speed each zero bit is low for two: the stop bit is missing.
    expect([...readAtSpeed(Uint8Array.of(0x00), 9600, 19_200)]).toEqual([0x00]);
    // One bit is set, but where the stop bit should be the line is low: a framing error reads as 0.
    expect([...readAtSpeed(Uint8Array.of(0x01), 9600, 19_200)]).toEqual([0x00]);
    // A start bit alone, seen twice as long: one zero more.
    expect([...readAtSpeed(Uint8Array.of(0xff), 9600, 19_200)]).toEqual([0xfe]);
  });

  it.each(pairs)('makes no sentence of what was sent at %i and is read at %i', (sent, read) => {
    const garbled = readAtSpeed(SENTENCE, sent, read);
    const decoder = new GnssDecoder();
    expect([...decoder.push(garbled), ...decoder.flush()]).toEqual([]);
    // A reader that is out of step looks for the next start bit half a bit earlier.
    expect(garbled.length).toBeLessThanOrEqual(Math.ceil((SENTENCE.length * 10 * read) / sent / 9.5) + 1);
  });
});

describe('uartMs', () => {
  it('takes ten bits for a byte', () => {
    expect(uartMs(96, 9600)).toBe(100);
  });
});
