/** The middle of the samples; the mean of the two middle ones of an even number. @throws RangeError without samples */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new RangeError('There is no median of no samples.');
  return (lower + upper) / 2;
}

/**
 * The value that `share` of the samples do not exceed (nearest rank).
 *
 * @param sorted ascending
 * @param share 0 to 1
 * @returns undefined without samples
 */
export function percentile(sorted: ArrayLike<number>, share: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/**
 * The ratio of two series measured in alternation: the median of the ratios round by round, so that a machine which slows down
 * half-way slows down both.
 *
 * @returns undefined without a common round
 */
export function medianRatio(numerators: readonly number[], denominators: readonly number[]): number | undefined {
  const ratios = numerators.flatMap((numerator, round) => {
    const denominator = denominators[round];
    return denominator === undefined || denominator === 0 ? [] : [numerator / denominator];
  });
  return ratios.length === 0 ? undefined : median(ratios);
}
