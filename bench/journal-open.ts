import { statfs } from 'node:fs/promises';
import { runForJson } from './journal.ts';
import type { BareMemory, FillResult, OpenCost } from './journal-opener.ts';
import { type Bench, inAlternation, openFolder } from './scenario.ts';

const GIB = 2 ** 30;
const JOURNAL_GIB = 4;
/** What must stay free beside it. */
const SPARE_GIB = 2;

/** Opening and reading a large journal of payloads that nothing makes smaller. It is filled once; each round is a new process. */
export async function measureJournalOpen(bench: Bench): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const folder = await openFolder(bench, stack);
  const { bavail, bsize } = await statfs(folder);
  const freeGib = (bavail * bsize) / GIB;
  if (freeGib < JOURNAL_GIB + SPARE_GIB) {
    bench.progress(
      `journal-open is left out: ${freeGib.toFixed(1)} GiB are free, ${JOURNAL_GIB + SPARE_GIB} are needed`,
    );
    return;
  }
  const program = 'bench/journal-opener.ts';
  const { recordCount }: FillResult = await runForJson(program, ['fill', folder, String(JOURNAL_GIB * GIB)]);
  const subject = 'Waystation';
  await inAlternation(bench, 'journal-open', [{ name: subject }], async () => {
    const bare: BareMemory = await runForJson(program, ['bare']);
    const cost: OpenCost = await runForJson(program, ['read', folder]);
    if (cost.recordCount !== recordCount) throw new Error(`${recordCount} records written, ${cost.recordCount} read`);
    const key = { scenario: 'journal-open', subject } as const;
    bench.log.add({ ...key, what: 'opening', unit: 'ms' }, cost.openMs);
    bench.log.add(
      { ...key, what: 'memory above bare Node, at most while opening', unit: 'MiB' },
      cost.openMib - bare.peakMib,
    );
    bench.log.add({ ...key, what: 'reading', unit: 'MB/s' }, cost.readMbPerSecond);
    bench.log.add(
      { ...key, what: 'memory above bare Node, first quarter read', unit: 'MiB' },
      cost.firstQuarterMib - bare.peakMib,
    );
    bench.log.add({ ...key, what: 'memory above bare Node, all read', unit: 'MiB' }, cost.readMib - bare.peakMib);
    return `${cost.openMs.toFixed(0)} ms, ${cost.readMbPerSecond.toFixed(0)} MB/s`;
  });
}
