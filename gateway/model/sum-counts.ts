/** Counts by name. */
export type Counts = Readonly<Record<string, number>>;

/** What several counters come to together, by name; names without a count are left out. */
export function sumCounts(...all: readonly Counts[]): Counts {
  const sum: Record<string, number> = {};
  for (const counts of all) {
    for (const [name, count] of Object.entries(counts)) if (count > 0) sum[name] = (sum[name] ?? 0) + count;
  }
  return sum;
}
