import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { compileDbc } from './compile-dbc.ts';
import { parseDbc } from './parse-dbc.ts';

const HEAD = 'VERSION ""\nBO_ 1 M: 8 X\n SG_ A : 0|8@1+ (1,0) [0|0] "" X\n';

/** A message of so many signals, and what follows it. */
function largeMessage(count: number, statement: (name: string) => string): string {
  const names = Array.from({ length: count }, (_, index) => `Signal${index}`);
  const signals = names.map((name, index) => ` SG_ ${name} : ${8 * index}|8@1+ (1,0) [0|0] "" X\n`);
  return `VERSION ""\nBO_ 1 M: 65535 X\n${signals.join('')}${names.map(statement).join('')}`;
}

/** Each took from four seconds to minutes while a part of it was looked at again and again. */
const COSTLY: readonly (readonly [what: string, text: string])[] = [
  ['comments that are never closed', `${HEAD}${'CM_ "never closed\n'.repeat(40_000)}`],
  ['such comments on one line', `${HEAD}${';CM_ "a'.repeat(60_000)}`],
  ['such comments on lines that begin with nothing known', `${HEAD}${'x;CM_ "a\n'.repeat(60_000)}`],
  ['comments whose closing quote is one that may not close', `${HEAD}${'x;CM_ "a" b\n'.repeat(60_000)}`],
  ['empty lines behind a text', `${HEAD}CM_ "a"${'\n'.repeat(200_000)}x`],
  ['escaped quotes outside of any text', `${HEAD}x ${'\\"'.repeat(150_000)}`],
  ['statements of the signals of one message', largeMessage(30_000, (name) => `CM_ SG_ 1 ${name} "x";\n`)],
  ['one sender after the other', HEAD + Array.from({ length: 8000 }, (_, n) => `BO_TX_BU_ 1 : N${n};\n`).join('')],
];

describe('a large file', () => {
  it.each(COSTLY)('takes time in proportion to its size: %s [P3]', (_, text) => {
    const before = process.threadCpuUsage();
    expect(parseDbc(text).isDecoded).toBe(true);
    const { user, system } = process.threadCpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(1500);
  });

  it('takes memory in proportion to what it says: signals that have no labels and no attributes, nothing for those [P3]', () => {
    const count = 30_000;
    const text = largeMessage(count, () => '');
    const before = heapBytes();
    const parsed = parseDbc(text);
    const decoder = parsed.isDecoded ? compileDbc(parsed.value) : undefined;
    expect((heapBytes() - before) / count).toBeLessThan(700);
    expect(decoder?.messages[0]?.message.signals).toHaveLength(count);
  });
});

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  // The flag makes it for new contexts only.
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}
