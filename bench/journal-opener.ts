/**
 * A process of its own for what a large journal costs: it fills one, or opens and reads one, or does nothing at all, and prints
 * what that took as one line of JSON. Memory is the most that was resident so far.
 *
 * `node bench/journal-opener.ts fill FOLDER BYTES | read FOLDER | bare`
 */
import { readFileSync } from 'node:fs';

/** After `bare`. */
export interface BareMemory {
  readonly peakMib: number;
}

/** After `fill`. */
export interface FillResult {
  readonly recordCount: number;
}

/** After `read`. */
export interface OpenCost {
  readonly openMs: number;
  readonly openMib: number;
  readonly recordCount: number;
  readonly readMbPerSecond: number;
  readonly firstQuarterMib: number;
  readonly readMib: number;
}

const RECORDS_PER_COMMIT = 64;
const READ_LIMIT = { maxEvents: 256, maxBytes: 2 ** 20 };

const [task, folder = '', bytes = '0'] = process.argv.slice(2);
const done = task === 'fill' ? await fill(Number(bytes)) : task === 'read' ? await readThrough() : bare();
console.log(JSON.stringify(done));

function bare(): BareMemory {
  return { peakMib: peakMib() };
}

async function fill(totalBytes: number): Promise<FillResult> {
  const { appendAll, openBenchJournal } = await import('./journal-log.ts');
  const { NOISE_PAYLOAD_BYTES, noiseRecords } = await import('./noise-records.ts');
  const { journal, stream } = await openBenchJournal(folder, false);
  await using _ = journal;
  const commitCount = Math.ceil(totalBytes / NOISE_PAYLOAD_BYTES / RECORDS_PER_COMMIT);
  for (let index = 0; index < commitCount; index++) await appendAll(stream, noiseRecords(RECORDS_PER_COMMIT));
  return { recordCount: stream.syncedSequence };
}

async function readThrough(): Promise<OpenCost> {
  const { openBenchJournal } = await import('./journal-log.ts');
  const startedMs = performance.now();
  const { journal, stream } = await openBenchJournal(folder);
  const openMs = performance.now() - startedMs;
  await using _ = journal;
  const openMib = peakMib();
  let recordCount = 0;
  let byteCount = 0;
  let firstQuarterMib = 0;
  const readStartedMs = performance.now();
  for (let next = 1; next <= stream.syncedSequence; ) {
    const { records, nextSequence } = await stream.read(next, READ_LIMIT);
    for (const { record } of records) byteCount += record.payload.length;
    recordCount += records.length;
    if (recordCount <= stream.syncedSequence / 4) firstQuarterMib = peakMib();
    if (nextSequence === next) break;
    next = nextSequence;
  }
  const readMbPerSecond = byteCount / 1000 / (performance.now() - readStartedMs);
  return { openMs, openMib, recordCount, readMbPerSecond, firstQuarterMib, readMib: peakMib() };
}

/** @see proc_pid_status(5), VmHWM */
function peakMib(): number {
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(peak) / 1024;
}
