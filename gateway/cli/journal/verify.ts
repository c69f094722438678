import { Progress } from '#gateway/cli/progress.ts';
import { nodeStorage } from '#gateway/journal/node-storage.ts';
import { measureJournal, verifyJournal } from '#gateway/journal/verify-journal.ts';
import type { Damage } from '#gateway/journal/verify-segment.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { findJournal, findStreams, openLive, type SourceOptions } from './open-source.ts';

/** Options of `verify`. */
export interface VerifyCommandOptions extends SourceOptions {
  readonly json?: true;
}

/**
 * Reads the files themselves, also under a running gateway: it is the disk that is asked, and the gateway has better things to
 * do. It only says how far what is there must be whole.
 *
 * @throws WaystationError `journal.damaged` after each damaged range has been printed
 */
export async function verify(options: VerifyCommandOptions): Promise<void> {
  const place = await findJournal(options);
  const live = await openLive(place);
  const { directory } = place;
  const marks = new Map((await live?.reader.stat())?.streams.map(({ id, syncedSequence }) => [id, { syncedSequence }]));
  const streams = (await findStreams(place)).map(({ id }) => ({ id, ...marks.get(id) }));
  const checked = { storage: nodeStorage, directory, streams };
  const totalBytes = await measureJournal(checked);
  const progress = new Progress(process.stderr, systemClock, 'bytes', totalBytes);
  let damageCount = 0;
  for await (const damage of verifyJournal({ ...checked, onRead: (sizeBytes) => progress.add(sizeBytes) })) {
    damageCount++;
    progress.end();
    process.stdout.write(options.json === true ? `${JSON.stringify(damage)}\n` : formatDamage(damage));
  }
  progress.end();
  const size = `${streams.length} streams, ${(totalBytes / 2 ** 20).toFixed(1)} MiB`;
  if (damageCount > 0)
    throw new WaystationError('journal.damaged', `Verifying ${directory}: ${damageCount} damaged ranges in ${size}.`);
  process.stderr.write(`${size}: whole\n`);
}

/** `streams/telemetry/0000000000000001.segment: bytes 4096 to 5120, telemetry 1 to 10 lost: wrong-checksum` */
export function formatDamage({ stream, file, offset, endOffset, from, to, reason }: Damage): string {
  const bytes =
    offset === undefined ? '' : `bytes ${offset}${endOffset === undefined ? ' on' : ` to ${endOffset - 1}`}, `;
  const records = from === undefined ? '' : `${stream} ${from} to ${to ?? from} lost, `;
  return `${file}: ${bytes}${records}${reason}\n`;
}
