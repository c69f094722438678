import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { demoFolder, FolderError, folderProblem, hasEarlierRun, prepareFolder } from './demo-folder.ts';

const CHOICES = { brokerPort: 18_830, hubPort: 18_840, rulesPort: 18_880, consolePort: 18_881, dbcFile: '/f/demo.dbc' };
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'demo-folder-'));
});

afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

describe('prepareFolder', () => {
  it('makes secrets that only their owner can read, and keeps them', () => {
    const folder = demoFolder(join(dir, 'demo'));
    prepareFolder(folder, false, CHOICES);
    const secret = readFileSync(folder.hubPasswordFile, 'utf8');
    expect(secret.length).toBeGreaterThan(20);
    expect(statSync(folder.hubPasswordFile).mode & 0o777).toBe(0o600);
    expect(readFileSync(folder.sensorPasswordFile, 'utf8')).not.toBe(secret);
    prepareFolder(folder, false, CHOICES);
    expect(readFileSync(folder.hubPasswordFile, 'utf8')).toBe(secret);
  });

  it('writes the configuration with the ports of this run', () => {
    const folder = demoFolder(dir);
    prepareFolder(folder, false, { ...CHOICES, brokerPort: 4711 });
    expect(readFileSync(folder.configFile, 'utf8')).toContain('port: 4711');
  });

  it('puts the shipped flow with a limit that the vehicle exceeds, and leaves the one that is there alone', () => {
    const folder = demoFolder(dir);
    prepareFolder(folder, false, CHOICES);
    const file = join(folder.dataDir, 'rules/node-red/flows.json');
    expect(readFileSync(file, 'utf8')).toContain('"limitKmh": 40,');
    writeFileSync(file, '[]');
    prepareFolder(folder, false, CHOICES);
    expect(readFileSync(file, 'utf8')).toBe('[]');
  });

  it('goes on with an earlier run, and begins anew only when asked, deleting nothing else', () => {
    const folder = demoFolder(dir);
    expect(hasEarlierRun(folder)).toBe(false);
    prepareFolder(folder, false, CHOICES);
    mkdirSync(join(folder.dataDir, 'journal'));
    writeFileSync(join(dir, 'notes.txt'), 'mine');
    prepareFolder(folder, false, CHOICES);
    expect(hasEarlierRun(folder)).toBe(true);
    prepareFolder(folder, true, CHOICES);
    expect(hasEarlierRun(folder)).toBe(false);
    expect(existsSync(join(dir, 'notes.txt'))).toBe(true);
  });
});

describe('prepareFolder, where nothing can be made,', () => {
  it.each([
    ['below a file', '/etc/passwd/x'],
    ['in a file system that takes none', '/proc/x'],
  ])('says so in one sentence and comes back: %s', (_, path) => {
    const prepare = () => prepareFolder(demoFolder(path), true, CHOICES);
    expect(prepare).toThrow(FolderError);
    expect(prepare).toThrow(new RegExp(`^The folder ${path} cannot be used: E[A-Z]+: .* Choose .* --dir\\.$`));
  });
});

describe('folderProblem', () => {
  it('accepts a new folder, an empty one, and its own', () => {
    expect(folderProblem(demoFolder(join(dir, 'new')))).toBeUndefined();
    expect(folderProblem(demoFolder(dir))).toBeUndefined();
    prepareFolder(demoFolder(dir), false, CHOICES);
    expect(folderProblem(demoFolder(dir))).toBeUndefined();
  });

  it('refuses a folder with the files of somebody else, and touches none', () => {
    mkdirSync(join(dir, 'data'));
    expect(folderProblem(demoFolder(dir))).toContain('that the demo did not make');
    expect(readdirSync(dir)).toEqual(['data']);
  });

  it('refuses a file', () => {
    writeFileSync(join(dir, 'file'), '');
    expect(folderProblem(demoFolder(join(dir, 'file')))).toContain('is not a folder');
  });
});
