import { InvalidArgumentError } from 'commander';

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/;

/** `90s`, `5m`, `2h` in milliseconds. @throws InvalidArgumentError for `commander` to show */
export function parseDuration(text: string): number {
  const [, count, unit] = DURATION.exec(text) ?? [];
  // The expression lets no other unit through.
  if (count !== undefined) return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
  throw new InvalidArgumentError('Expected a duration such as 90s, 5m or 2h.');
}
