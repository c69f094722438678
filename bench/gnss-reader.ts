/**
 * A process of its own that reads one capture of a satellite receiver with one reader, and prints what it cost as one line of JSON.
 *
 * `node bench/gnss-reader.ts waystation|gps|signalk FILE UNITS`
 */
import { readFileSync } from 'node:fs';
import { GnssDecoder } from '#devices/gps/gnss-decoder.ts';

/** What one run cost, as it is printed. */
export interface GnssReaderCost {
  readonly unitsPerSecond: number;
  readonly cpuUsPerUnit: number;
  readonly megabytesPerSecond: number;
}

/** As a serial port gives them. */
const CHUNK_BYTES = 4096;
/** No receiver of the captures sends more sentences or messages of one epoch. */
const MAX_UNITS_PER_EPOCH = 9;
/** The whole file, before the measurement: code is compiled then. */
const WARM_UP_RUNS = 5;
const MEASURED_RUNS = 15;

const [reader = '', file = '', units] = process.argv.slice(2);
const bytes = readFileSync(file);
const readOnce = readers()[reader];
if (readOnce === undefined) throw new Error(`no reader ${reader}`);
for (let run = 0; run < WARM_UP_RUNS; run++) await readOnce();
const startedMs = performance.now();
const before = process.cpuUsage();
for (let run = 0; run < MEASURED_RUNS; run++) await readOnce();
const cpu = process.cpuUsage(before);
const seconds = (performance.now() - startedMs) / 1000;
const unitCount = Number(units) * MEASURED_RUNS;
const cost: GnssReaderCost = {
  unitsPerSecond: unitCount / seconds,
  cpuUsPerUnit: (cpu.user + cpu.system) / unitCount,
  megabytesPerSecond: (bytes.length * MEASURED_RUNS) / seconds / 1e6,
};
console.log(JSON.stringify(cost));

function readers(): Readonly<Record<string, () => Promise<void> | void>> {
  /** Cut before the measurement: only we are charged for finding the lines. */
  const lines = bytes.toString('latin1').split('\r\n').filter(Boolean);
  return {
    waystation: () => {
      const decoder = new GnssDecoder();
      let epochCount = 0;
      for (let start = 0; start < bytes.length; start += CHUNK_BYTES)
        epochCount += decoder.push(bytes.subarray(start, start + CHUNK_BYTES)).length;
      expectAtLeast(epochCount + decoder.flush().length, Number(units) / MAX_UNITS_PER_EPOCH);
    },
    gps: async () => {
      const { GPS } = await import('gps');
      const gps = new GPS();
      let understood = 0;
      for (const line of lines) understood += gps.update(line) ? 1 : 0;
      expectAtLeast(understood, lines.length / 2);
    },
    signalk: async () => {
      const { Parser } = await import('@signalk/nmea0183-signalk');
      const parser = new Parser();
      let understood = 0;
      for (const line of lines) understood += parser.parse(line) === null ? 0 : 1;
      expectAtLeast(understood, lines.length / 3);
    },
  };
}

/** A reader that finds nothing is fast. @throws Error if it found too little */
function expectAtLeast(count: number, least: number): void {
  if (count < least) throw new Error(`${reader} found ${count}, expected ${least} at least`);
}
