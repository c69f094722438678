import { readFile, rename } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { systemWords } from './system-words.ts';

it.each([
  ['one path', () => readFile("/none/it's, open '/x'")],
  ['two paths', () => rename('/none/a', '/none/b')],
])('leaves out %s', async (_, call) => {
  const error = await call().catch((thrown: unknown) => thrown);
  expect(systemWords(error)).toBe('ENOENT: no such file or directory');
});

it('leaves out a call without a path', async () => {
  const error = await readFile('/').catch((thrown: unknown) => thrown);
  expect(systemWords(error)).toBe('EISDIR: illegal operation on a directory');
});

it('takes every other error as it is', () => {
  expect(systemWords(new Error("longer than 10 bytes, open 'it'"))).toBe("longer than 10 bytes, open 'it'");
  expect(systemWords('no error')).toBe('no error');
});
