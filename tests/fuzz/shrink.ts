import type { FuzzInput } from './fuzz-target.ts';

/** So many inputs are tried at most, and no longer than that: one that is slow may be what fails. */
const MAX_ATTEMPTS = 20_000;
const MAX_MS = 20_000;

/**
 * The shortest input found that still fails: pieces are left out, then bytes inside of them.
 *
 * @param hasLoosePieces whether pieces may be cut
 * @param fails whether an input fails as the first one did
 */
export function shrink(input: FuzzInput, hasLoosePieces: boolean, fails: (input: FuzzInput) => boolean): FuzzInput {
  let attemptsLeft = MAX_ATTEMPTS;
  const endMs = performance.now() + MAX_MS;
  const isWorse = (candidate: FuzzInput) => {
    attemptsLeft -= 1;
    return attemptsLeft >= 0 && performance.now() < endMs && fails(candidate);
  };
  let shortest = leaveOut([...input], (pieces) => isWorse(pieces));
  if (!hasLoosePieces) return shortest;
  const joined = [Buffer.concat(shortest)];
  if (isWorse(joined)) shortest = joined;
  for (const index of shortest.keys()) {
    const bytes = leaveOut([...(shortest[index] ?? [])], (rest) =>
      isWorse(shortest.with(index, Uint8Array.from(rest))),
    );
    shortest = shortest.with(index, Uint8Array.from(bytes));
  }
  return shortest;
}

/** Leaves out runs of elements, long ones first, as long as `isStillWrong`. */
function leaveOut<T>(elements: readonly T[], isStillWrong: (rest: readonly T[]) => boolean): readonly T[] {
  let rest = elements;
  for (let runLength = Math.ceil(rest.length / 2); runLength >= 1; runLength = Math.floor(runLength / 2)) {
    for (let start = 0; start < rest.length; ) {
      const without = rest.toSpliced(start, runLength);
      if (isStillWrong(without)) rest = without;
      else start += runLength;
    }
  }
  return rest;
}
