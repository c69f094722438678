import type { GatewayOptions } from '#gateway/cli/gateway-options.ts';
import { writeUntilClosed } from '#gateway/cli/write-until-closed.ts';
import type { DeadLetterReader } from '#gateway/sinks/dead-letters/dead-letter-view.ts';
import { formatLetter, letterJson } from './format-letter.ts';
import { openLetters } from './open-letters.ts';

/** Options of `dead-letters list` and `show`. */
export interface ListLettersOptions extends GatewayOptions {
  readonly sink?: string;
  readonly json?: true;
}

/** Prints the letters page by page, however many there are. */
export async function listLetters(options: ListLettersOptions): Promise<void> {
  await using source = await openLetters(options);
  const remarks: string[] = [];
  await writeUntilClosed(linesOf(source.reader, options, remarks), process.stdout);
  process.stderr.write(remarks.join(''));
}

/** @param remarks gets what is to be said beside the letters */
export async function* linesOf(
  reader: DeadLetterReader,
  { sink, json }: Pick<ListLettersOptions, 'sink' | 'json'>,
  remarks: string[],
): AsyncGenerator<string> {
  const format = json === true ? letterJson : formatLetter;
  let count = 0;
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page = await reader.list({ after, ...(sink === undefined ? {} : { sink }) });
    count += page.letters.length;
    if (page.letters.length > 0) yield page.letters.map(format).join('');
    after = page.next;
    if (after !== undefined) continue;
    for (const [id, evicted] of Object.entries(page.evictedCounts))
      remarks.push(`${id}: ${evicted} older ones went because there was no room for them (deadLetters.maxBytes)\n`);
  }
  if (count === 0) remarks.unshift('no dead letters\n');
}
