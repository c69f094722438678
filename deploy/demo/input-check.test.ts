import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fileProblem } from './input-check.ts';

let dir: string;
let file: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'demo-input-'));
  file = join(dir, 'a.log');
  writeFileSync(file, '');
});

afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

it('has nothing against a file', () => {
  expect(fileProblem('--gnss', file)).toBeUndefined();
});

it('says what is wrong with anything else', () => {
  expect(fileProblem('--gnss', dir)).toBe(`--gnss: ${dir} is a folder; name a file.`);
  expect(fileProblem('--can', join(dir, 'b'))).toBe(`--can: there is no file ${dir}/b.`);
  expect(fileProblem('--dbc', join(file, 'c'))).toContain('cannot be read (ENOTDIR)');
  expect(fileProblem('--scenario', '/dev/null')).toContain('is no regular file');
});

it.skipIf(process.getuid?.() === 0)('finds a file that is not for this user to read', () => {
  chmodSync(file, 0);
  expect(fileProblem('--gnss', file)).toBe(`--gnss: ${file} cannot be read (EACCES); check its path and permissions.`);
});
