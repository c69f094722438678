import { Progress } from '#gateway/cli/progress.ts';
import { lockFolder } from '#gateway/host/folder-lock.ts';
import { CopyOnWriteStorage } from '#gateway/journal/copy-on-write-storage.ts';
import { nodeStorage } from '#gateway/journal/node-storage.ts';
import { type RepairStep, repairJournal } from '#gateway/journal/repair-journal.ts';
import { measureJournal } from '#gateway/journal/verify-journal.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { findJournal, findStreams, type SourceOptions } from './open-source.ts';

/** Options of `repair`. */
export interface RepairCommandOptions extends SourceOptions {
  readonly apply?: true;
}

/**
 * Repairs the journal of a stopped gateway under its lock, so that none starts meanwhile. Unless told to apply, the same repair
 * runs on what is written over the folder in memory.
 *
 * @throws WaystationError `dataDir.inUse` while a gateway runs
 */
export async function repair({ apply, ...source }: RepairCommandOptions): Promise<void> {
  const place = await findJournal(source);
  await using _ = await lockFolder(place.dataDir);
  const streams = await findStreams(place);
  const isApplied = apply === true;
  const storage = isApplied ? nodeStorage : new CopyOnWriteStorage(nodeStorage);
  const { directory } = place;
  const progress = new Progress(
    process.stderr,
    systemClock,
    'bytes',
    await measureJournal({ storage, directory, streams }),
  );
  const onRead = (sizeBytes: number) => progress.add(sizeBytes);
  let stepCount = 0;
  for await (const step of repairJournal({ storage, directory, streams, onRead })) {
    stepCount++;
    progress.end();
    process.stdout.write(formatStep(step, isApplied));
  }
  progress.end();
  if (stepCount === 0) process.stdout.write('nothing to repair\n');
  else if (!isApplied) process.stdout.write('nothing was changed: --apply does it\n');
}

/** `quarantine streams/telemetry/0000000000000001.segment: bad-magic` */
export function formatStep({ step, file, why }: RepairStep, isDone: boolean): string {
  return `${isDone ? '' : 'would '}${step} ${file}: ${why}\n`;
}
