import type { FuzzInput } from './fuzz-target.ts';

/** No more is printed. */
const MAX_BYTES = 2_000;

/** An input as lines that can be read, and pasted into a test. */
export function describeInput(input: FuzzInput | undefined): readonly string[] {
  if (input === undefined) return [];
  const whole = Buffer.concat(input);
  const text = whole.subarray(0, MAX_BYTES).toString('latin1');
  return [
    `input, ${whole.length} bytes in ${input.length} pieces:`,
    `  ${JSON.stringify(text)}`,
    `  ${input
      .map((piece) => Buffer.from(piece).toString('hex'))
      .join(' ')
      .slice(0, 2 * MAX_BYTES)}`,
  ];
}
