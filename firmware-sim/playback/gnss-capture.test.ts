import { describe, expect, it } from 'vitest';
import { encodeNmeaSentence } from '#devices/nmea0183/nmea-sentence.ts';
import { cutGnssCapture, MAX_PIECE_BYTES } from './gnss-capture.ts';

function sentence(type: string, ...fields: string[]): string {
  return `${encodeNmeaSentence({ talker: 'GP', type, fields })}\r\n`;
}

function timesOf(capture: string): readonly (number | undefined)[] {
  return [...cutGnssCapture(Buffer.from(capture, 'latin1'))].map(({ timeMs }) => timeMs);
}

describe('cutGnssCapture', () => {
  it('reads the time of the sentences that state one', () => {
    const capture =
      sentence('RMC', '000001.50', 'V') +
      sentence('GSA', 'A', '1') +
      sentence('GLL', '', '', '', '', '000002', 'V') +
      '$GPRMC,000003*00\r\n' +
      'garbage\n' +
      sentence('GGA', '');
    expect(timesOf(capture)).toEqual([1500, undefined, 2000, undefined, undefined, undefined]);
  });

  it('goes on over midnight, and back for a small step back', () => {
    const capture = ['235959', '000000', '235959.5', '000001'].map((time) => sentence('ZDA', time)).join('');
    expect(timesOf(capture)).toEqual([86_399_000, 86_400_000, 86_399_500, 86_401_000]);
  });

  it('cuts what has no line feed at a length that any port takes', () => {
    const pieces = [...cutGnssCapture(new Uint8Array(2 * MAX_PIECE_BYTES + 1))];
    expect(pieces.map((piece) => piece.bytes().length)).toEqual([MAX_PIECE_BYTES, MAX_PIECE_BYTES, 1]);
  });
});
