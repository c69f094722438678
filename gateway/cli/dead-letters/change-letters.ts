import { type Dialogue, isConfirmed, TERMINAL } from '#gateway/cli/confirm.ts';
import type { GatewayOptions } from '#gateway/cli/gateway-options.ts';
import { counted } from '#gateway/model/counted.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import type { LetterSelection, RedriveResult } from '#gateway/sinks/dead-letters/dead-letter-methods.ts';
import { isLetterId } from '#gateway/sinks/dead-letters/letter.ts';
import { MAX_NAMED_LETTERS } from '#gateway/sinks/dead-letters/limits.ts';
import type { RemoteLetters } from '#gateway/sinks/dead-letters/remote-letters.ts';
import { reachLetters } from './reach-letters.ts';

/** Options of `dead-letters redrive` and `drop`. */
export interface ChangeLettersOptions extends GatewayOptions {
  readonly sink?: string;
  readonly all?: true;
  readonly json?: true;
  readonly yes?: true;
}

/**
 * Marks letters to be sent again, by the gateway that runs or by the one that starts next.
 *
 * @throws WaystationError `deadLetter.unknown`, `deadLetter.noneNamed`, and as {@link reachLetters}
 */
export async function redriveLetters(ids: readonly string[], options: ChangeLettersOptions): Promise<void> {
  await using door = await reachLetters(options, true);
  const { letters, isRunning } = door;
  const { parts } = await select(letters, ids, options);
  const total = { count: 0, cutCount: 0, orphanCount: 0 };
  for (const part of parts) {
    const done = await letters.redrive(part);
    total.count += done.count;
    total.cutCount += done.cutCount;
    total.orphanCount += done.orphanCount;
  }
  process.stdout.write(options.json === true ? `${JSON.stringify(total)}\n` : formatRedrive(total, isRunning));
}

/** Gives letters up, once a person has agreed. @throws WaystationError as {@link redriveLetters}, `sink.notConfirmed` */
export async function dropLetters(
  ids: readonly string[],
  options: ChangeLettersOptions,
  { input, output }: Dialogue = TERMINAL,
): Promise<void> {
  await using door = await reachLetters(options, false);
  const { letters } = door;
  const { parts, count } = await select(letters, ids, options);
  const named = counted(count, 'dead letter');
  if (options.yes !== true && count > 0) {
    output.write(`${named} will be gone for good\n`);
    if (!(await isConfirmed({ input, output })))
      throw new WaystationError('sink.notConfirmed', `Dropping ${named}: nobody has agreed to that.`);
  }
  let dropped = 0;
  for (const part of parts) dropped += (await letters.drop(part)).count;
  output.write(
    options.json === true ? `${JSON.stringify({ count: dropped })}\n` : `${counted(dropped, 'dead letter')} dropped\n`,
  );
}

/** What comes after the question is not meant by the answer. */
async function select(
  letters: RemoteLetters,
  ids: readonly string[],
  { sink, all }: ChangeLettersOptions,
): Promise<{ readonly parts: readonly LetterSelection[]; readonly count: number }> {
  const isAll = all === true || sink !== undefined;
  if (isAll === ids.length > 0) {
    const found = isAll ? 'ids, and --sink or --all beside them' : 'no id';
    throw new WaystationError('deadLetter.noneNamed', `Choosing dead letters: found ${found}.`);
  }
  if (isAll) {
    const { count, through } = await letters.count(sink);
    return { parts: [{ ...(sink === undefined ? {} : { sink }), through }], count };
  }
  const wrong = ids.find((id) => !isLetterId(id));
  if (wrong !== undefined)
    throw new WaystationError(
      'deadLetter.unknown',
      `Looking for the dead letter ${JSON.stringify(wrong)}: that is no id of one.`,
    );
  const named = [...new Set(ids)];
  const parts = Array.from({ length: Math.ceil(named.length / MAX_NAMED_LETTERS) }, (_, index) => ({
    ids: named.slice(index * MAX_NAMED_LETTERS, (index + 1) * MAX_NAMED_LETTERS),
  }));
  return { parts, count: named.length };
}

function formatRedrive({ count, cutCount, orphanCount }: RedriveResult, isRunning: boolean): string {
  const when = isRunning ? '' : ', once the gateway runs';
  const lines = [`${counted(count, 'dead letter')} will be sent again, behind everything else${when}`];
  if (cutCount > 0) lines.push(`${cutCount} stay: they were too large to be kept whole`);
  if (orphanCount > 0) lines.push(`${orphanCount} stay: their sink is not configured`);
  return `${lines.join('\n')}\n`;
}
