import { describe, expect, it } from 'vitest';
import { describeInput } from '#tests/fuzz/describe-input.ts';
import { fuzz } from '#tests/fuzz/fuzz-run.ts';
import { FUZZ_TARGETS } from '#tests/fuzz/fuzz-targets.ts';

/** The first inputs of what `npm run fuzz` goes on with. Here, because what they leave in memory is measured: other tests beside them would count. */
const SHORT_RUN = { seed: 1, maxMs: 350, maxExecutions: 2_000 } as const;

describe('every parser of foreign bytes', () => {
  it.each(FUZZ_TARGETS)('lets nothing wrong through, and keeps nothing: $name [S1]', async (target) => {
    const { executionCount, failure } = await fuzz(target, SHORT_RUN);
    const told = failure && [`seed ${failure.seed}: ${failure.reason}`, ...describeInput(failure.input)].join('\n');
    expect(told).toBeUndefined();
    expect(executionCount).toBeGreaterThan(0);
  });
});
