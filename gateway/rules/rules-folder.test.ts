import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { adminTokenFile, prepareRulesFolder } from './rules-folder.ts';
import { syncDeploys } from './sync-flows.ts';

let base: string;
let shipped: string;
let folder: string;
let madeCount = 0;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'ws-rules-'));
  shipped = join(base, 'shipped');
  folder = join(base, 'rules');
  await mkdir(shipped);
  await writeFile(join(shipped, 'flow.json'), '["shipped"]');
  await writeFile(join(shipped, 'flow_cred.json'), '{}');
});

afterEach(async () => {
  await rm(base, { recursive: true, force: true });
});

const prepare = () => prepareRulesFolder(folder, shipped, (count) => String(++madeCount).padStart(count, '0'));
const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe('prepareRulesFolder', () => {
  it('makes secrets that only their owner can read, beside what Node-RED can read, and keeps them', async () => {
    const { userDir, adminToken, credentialSecret } = await prepare();
    const passwordFile = adminTokenFile(folder);
    expect((await readFile(passwordFile, 'utf8')).trim()).toBe(adminToken.reveal());
    expect(credentialSecret.reveal()).not.toBe(adminToken.reveal());
    expect(passwordFile.startsWith(userDir)).toBe(false);
    expect(await modeOf(passwordFile)).toBe(0o600);
    expect(await modeOf(join(folder, 'credential-secret'))).toBe(0o600);
    expect(await modeOf(userDir)).toBe(0o700);
    const again = await prepare();
    expect(again.adminToken.reveal()).toBe(adminToken.reveal());
    expect(again.credentialSecret.reveal()).toBe(credentialSecret.reveal());
  });

  it('makes a secret anew that a power cut left empty', async () => {
    await prepare();
    await writeFile(adminTokenFile(folder), '');
    expect((await prepare()).adminToken.reveal()).toHaveLength(32);
  });

  it('puts the shipped flow into a fresh folder, and never over one that is there', async () => {
    const { userDir } = await prepare();
    const file = join(userDir, 'flows.json');
    expect(await readFile(file, 'utf8')).toBe('["shipped"]');
    await writeFile(file, '["mine"]');
    await prepare();
    expect(await readFile(file, 'utf8')).toBe('["mine"]');
  });
});

it('syncs a deploy under its name, and nothing else', async () => {
  const { userDir } = await prepare();
  const { promise, resolve } = Promise.withResolvers<string>();
  using _deploys = syncDeploys(userDir, new MemoryLogger(), resolve);
  await writeFile(join(userDir, 'other.json'), '');
  await writeFile(join(userDir, 'flows.json'), '["deployed"]');
  expect(await promise).toBe('flows.json');
});
