import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { composeNmeaCapture, composeUbxCapture, SENTENCES_PER_EPOCH, UBX_MESSAGES_PER_EPOCH } from './gnss-capture.ts';
import type { GnssReaderCost } from './gnss-reader.ts';
import { runForJson } from './journal.ts';
import { type Bench, inAlternation, openFolder } from './scenario.ts';

/** Some 33 minutes of a receiver that speaks five times a second. */
const EPOCH_COUNT = 10_000;

const NMEA_READERS = [
  { name: 'Waystation', reader: 'waystation' },
  { name: 'gps', reader: 'gps' },
  { name: 'Signal K', reader: 'signalk' },
] as const;

/** What a sentence costs the processor: ours from bytes to epochs, two libraries from lines to sentences. */
export async function measureGnss(bench: Bench): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const folder = await openFolder(bench, stack);
  const file = join(folder, 'nmea.log');
  await writeFile(file, composeNmeaCapture(EPOCH_COUNT));
  await inAlternation(bench, 'gnss nmea', NMEA_READERS, async ({ name: subject, reader }) => {
    const args = [reader, file, String(EPOCH_COUNT * SENTENCES_PER_EPOCH)];
    const cost: GnssReaderCost = await runForJson('bench/gnss-reader.ts', args);
    const add = (what: string, unit: 'sentences/s' | 'µs', sample: number) =>
      bench.log.add({ scenario: 'gnss', what, subject, unit }, sample);
    add('NMEA 0183', 'sentences/s', cost.unitsPerSecond);
    add('NMEA 0183, processor time per sentence', 'µs', cost.cpuUsPerUnit);
    return `${Math.round(cost.unitsPerSecond)} sentences/s`;
  });
  const ubxFile = join(folder, 'ubx.log');
  await writeFile(ubxFile, composeUbxCapture(EPOCH_COUNT));
  await inAlternation(bench, 'gnss ubx', [{ name: 'Waystation' }], async ({ name: subject }) => {
    const args = ['waystation', ubxFile, String(EPOCH_COUNT * UBX_MESSAGES_PER_EPOCH)];
    const cost: GnssReaderCost = await runForJson('bench/gnss-reader.ts', args);
    bench.log.add({ scenario: 'gnss', what: 'UBX', subject, unit: 'MB/s' }, cost.megabytesPerSecond);
    return `${cost.megabytesPerSecond.toFixed(1)} MB/s`;
  });
}
