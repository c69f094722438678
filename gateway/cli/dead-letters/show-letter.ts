import { WaystationError } from '#gateway/model/errors.ts';
import { isLetterId } from '#gateway/sinks/dead-letters/letter.ts';
import { formatShown, letterJson } from './format-letter.ts';
import type { ListLettersOptions } from './list-letters.ts';
import { openLetters } from './open-letters.ts';

/** Prints one letter with its event. @throws WaystationError `deadLetter.unknown` */
export async function showLetter(id: string, options: ListLettersOptions): Promise<void> {
  if (!isLetterId(id))
    throw new WaystationError(
      'deadLetter.unknown',
      `Looking for the dead letter ${JSON.stringify(id)}: that is no id of one.`,
    );
  await using source = await openLetters(options);
  const letter = await source.reader.show(id);
  process.stdout.write(options.json === true ? letterJson(letter) : formatShown(letter));
}
