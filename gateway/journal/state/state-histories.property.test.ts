import { expect, it } from 'vitest';
import { playStateHistory } from './play-state-history.ts';
import { generateStateHistory } from './state-history.ts';

/** The same in every run, so that a red test is about the change. */
const FIRST_SEED = Number(process.env['STATE_SEED'] ?? 1);
const HISTORY_COUNT = Number(process.env['STATE_COUNT'] ?? 100);

it('is after any crash what it was at one moment, not before what was settled last [J14]', async () => {
  const broken: string[] = [];
  for (let seed = FIRST_SEED; seed < FIRST_SEED + HISTORY_COUNT && broken.length < 3; seed++) {
    const history = generateStateHistory(seed);
    const violation = await playStateHistory(history);
    if (violation !== undefined) broken.push(`seed ${seed}: ${violation.stack}\n${JSON.stringify(history)}`);
  }
  expect(broken.join('\n\n')).toBe('');
});
