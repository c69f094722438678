import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UnavailableError } from '#firmware-sim/unavailable-error.ts';
import { PortFolder } from './port-folder.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ports-'));
});

afterEach(() => rmSync(dir, { recursive: true }));

describe('PortFolder', () => {
  it('removes the folders that it made, and only those', () => {
    mkdirSync(join(dir, 'mine', 'serial'), { recursive: true });
    for (const root of ['mine', 'new/er']) new PortFolder(join(dir, root))[Symbol.dispose]();
    expect(existsSync(join(dir, 'mine/serial'))).toBe(true);
    expect(existsSync(join(dir, 'mine/serial/by-id'))).toBe(false);
    expect(existsSync(join(dir, 'new'))).toBe(false);
  });

  it('leaves what others put there', () => {
    const folder = new PortFolder(join(dir, 'new'));
    writeFileSync(join(dir, 'new/note'), '');
    folder[Symbol.dispose]();
    expect(existsSync(join(dir, 'new/note'))).toBe(true);
    expect(existsSync(join(dir, 'new/serial'))).toBe(false);
  });

  it('says that a file is in its place', () => {
    writeFileSync(join(dir, 'file'), '');
    expect(() => new PortFolder(join(dir, 'file'))).toThrow(UnavailableError);
    expect(() => new PortFolder(join(dir, 'file'))).toThrow(/cannot make the ports in .*: it is a file/);
  });
});
