import { expect, it } from 'vitest';
import { generateLetterHistory } from './testing/letter-history.ts';
import { playLetterHistory } from './testing/play-letter-history.ts';

/** The same in every run, so that a red test is about the change. */
const FIRST_SEED = Number(process.env['LETTERS_SEED'] ?? 1);
const HISTORY_COUNT = Number(process.env['LETTERS_COUNT'] ?? 30);

it('has every letter that was buried, until it is dropped, taken, or the oldest for want of room, after any crash [D6]', async () => {
  const broken: string[] = [];
  for (let seed = FIRST_SEED; seed < FIRST_SEED + HISTORY_COUNT && broken.length < 3; seed++) {
    const history = generateLetterHistory(seed);
    const violation = await playLetterHistory(history);
    if (violation !== undefined) broken.push(`seed ${seed}: ${violation.stack}\n${JSON.stringify(history)}`);
  }
  expect(broken.join('\n\n')).toBe('');
});
