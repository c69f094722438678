import { type EpochFormat, type FixRecord, recordOf } from './epoch-format.ts';

/**
 * Comma-separated values with a header line; an empty cell was not stated. Lines end as the standard has it.
 *
 * @see RFC 4180
 */
export const csv: EpochFormat = {
  begin: () => line(COLUMNS),
  add: (epoch) => {
    const record = recordOf(epoch);
    // Numbers, times and words: nothing that would need quotes.
    return line(COLUMNS.map((column) => `${record[column] ?? ''}`));
  },
  end: () => '',
};

const COLUMNS = [
  ...(['t', 'mode', 'lat', 'lon', 'altMSL', 'altHAE', 'geoidSep', 'speed', 'track', 'climb', 'heading'] as const),
  ...(['hAcc', 'vAcc', 'satsUsed', 'satsVisible', 'hdop', 'pdop', 'vdop', 'method'] as const),
] satisfies readonly (keyof FixRecord)[];

function line(cells: readonly string[]): string {
  return `${cells.join(',')}\r\n`;
}
