import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentFault, findFlowFault, MAX_FLOW_FILE_BYTES } from './check-flows.ts';
import { SHIPPED_FLOWS } from './node-red-process.ts';

const NODES = '[{"id":"a","type":"tab"}]';

describe('contentFault', () => {
  it.each([
    ['garbage', '\u0000\u00ff{', 'is not JSON'],
    ['many brackets', '['.repeat(50_000), 'is not JSON'],
    ['deep brackets', '['.repeat(50_000) + ']'.repeat(50_000), /entry 0/],
    ['nothing', '', 'is empty'],
    ['null', 'null', 'is not a list of nodes'],
    ['a number', '5', 'is not a list of nodes'],
    ['an object', '{"flows":5}', 'is not a list of nodes'],
    ['null among nodes', '[{"id":"a","type":"tab"},null]', /entry 1/],
    ['a node without id', '[{"type":"tab"}]', /entry 0/],
    ['a type that is a number', '[{"id":"a","type":5}]', /entry 0/],
  ])('names what is wrong with flows that are %s', (_, text, fault) => {
    expect(contentFault('flows.json', text)).toMatch(fault);
  });

  it.each([NODES, '[]', `\ufeff${NODES}`])('lets %s pass', (text) => {
    expect(contentFault('flows.json', text)).toBeUndefined();
  });

  it('wants credentials to be an object', () => {
    expect(contentFault('flows_cred.json', '{}')).toBeUndefined();
    for (const text of ['[]', 'null', '"x"', '{']) expect(contentFault('flows_cred.json', text)).toMatch(/^is not/);
  });

  it('lets the shipped flow pass', async () => {
    const read = (name: string) => readFile(join(SHIPPED_FLOWS, 'overspeed', name), 'utf8');
    expect(contentFault('flows.json', await read('flow.json'))).toBeUndefined();
    expect(contentFault('flows_cred.json', await read('flow_cred.json'))).toBeUndefined();
  });
});

describe('findFlowFault', () => {
  let userDir: string;

  beforeEach(async () => {
    userDir = await mkdtemp(join(tmpdir(), 'ws-flows-'));
  });

  afterEach(async () => {
    await rm(userDir, { recursive: true, force: true });
  });

  it('names the file, leaves it alone, and finds nothing wrong where there is none', async () => {
    expect(await findFlowFault(userDir)).toBeUndefined();
    const file = join(userDir, 'flows_cred.json');
    await writeFile(file, '{"$');
    expect(await findFlowFault(userDir)).toBe(`${file} is not JSON`);
    expect(await readFile(file, 'utf8')).toBe('{"$');
  });

  it('takes the backup for an empty file, as Node-RED does', async () => {
    await writeFile(join(userDir, 'flows.json'), '');
    expect(await findFlowFault(userDir)).toMatch(/flows.json is empty$/);
    await writeFile(join(userDir, '.flows.json.backup'), NODES);
    expect(await findFlowFault(userDir)).toBeUndefined();
    await writeFile(join(userDir, '.flows.json.backup'), '');
    expect(await findFlowFault(userDir)).toMatch(/flows.json is empty$/);
  });

  it('reads no file beyond its limit', async () => {
    await writeFile(join(userDir, 'flows.json'), NODES);
    await truncate(join(userDir, 'flows.json'), MAX_FLOW_FILE_BYTES + 1);
    expect(await findFlowFault(userDir)).toMatch(/more than 32 MiB$/);
  });
});
