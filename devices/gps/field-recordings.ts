import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GnssDecoder } from './gnss-decoder.ts';

/**
 * Recordings of real receivers with what an independent decoder (gpsd) makes of them, for tests. They are no part of the repository:
 * `WAYSTATION_FIELD_DATA` names the folder that holds `gnss/*.log` and `gnss/*.expected.jsonl`.
 */
export const FIELD_DATA = process.env['WAYSTATION_FIELD_DATA'];

/** One record of an expectation: several may share a time, for gpsd updates inside an epoch. Absent is «not stated». */
export interface ExpectedFix {
  /** Milliseconds since the Unix epoch modulo {@link ROLLOVER_MS}. */
  readonly tmod: number;
  readonly mode?: number;
  readonly lat?: number;
  readonly lon?: number;
  readonly altMSL?: number;
  readonly altHAE?: number;
  readonly speed?: number;
  readonly track?: number;
}

/** gpsd moves some old dates by 1024 weeks: times are compared modulo that. */
export const ROLLOVER_MS = 1024 * 7 * 86_400_000;

/** Names of all recordings, none where there is no {@link FIELD_DATA}. */
export const RECORDINGS: readonly string[] =
  FIELD_DATA === undefined
    ? []
    : readdirSync(join(FIELD_DATA, 'gnss')).flatMap((file) => /^(.*)\.expected\.jsonl$/.exec(file)?.[1] ?? []);

export function readRecording(name: string): Buffer {
  return readFileSync(join(FIELD_DATA ?? '', 'gnss', `${name}.log`));
}

/** The records of a recording by their time. */
export function readExpectedFixes(name: string): ReadonlyMap<number, readonly ExpectedFix[]> {
  const text = readFileSync(join(FIELD_DATA ?? '', 'gnss', `${name}.expected.jsonl`), 'utf8');
  // The records are written by one script in the one shape above; a missing time would show as no joined epoch.
  const records = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ExpectedFix);
  return Map.groupBy(records, (record) => record.tmod);
}

/** What a decoder of its own makes of bytes that come in these chunks. */
export function decode(chunks: readonly Uint8Array[]) {
  const decoder = new GnssDecoder();
  const epochs = [...chunks.flatMap((chunk) => decoder.push(chunk)), ...decoder.flush()];
  return { epochs, rejections: decoder.rejections };
}

/** Those with a position. */
export function decodeFixes(bytes: Uint8Array) {
  return decode([bytes]).epochs.filter(({ mode }) => mode !== 'none');
}
