import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { lockFolder } from '#gateway/host/folder-lock.ts';
import { nodeStorage } from '#gateway/journal/node-storage.ts';
import { openTestJournal, sampleRecord } from '#gateway/journal/open-test-journal.ts';
import { openDeadLetters } from '#gateway/sinks/dead-letters/open-dead-letters.ts';
import { idOf, refused } from '#gateway/sinks/dead-letters/testing/open-test-letters.ts';
import { type ChangeLettersOptions, dropLetters, redriveLetters } from './change-letters.ts';
import { openLetters } from './open-letters.ts';

const BOUNDS = { maxBytes: 2 ** 20, stamp: () => sampleRecord('').stamp, onBuried: () => {} };

let folder: string;
let config: string;

/** A folder that no gateway runs on, with letters 1 to 3 of the sink `hub` and one of a sink that is not configured. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ws-'));
  config = join(folder, 'waystation.yaml');
  const test = await openTestJournal(nodeStorage, { directory: join(folder, 'journal') });
  const store = await openDeadLetters({ ...test, ...BOUNDS });
  for (const sequence of [1, 2, 3]) await store.bury(refused(sequence));
  await store.bury(refused(4, { sink: 'gone' }));
  await store[Symbol.asyncDispose]();
  await test.journal[Symbol.asyncDispose]();
  const sinks = 'sinks: [{ id: hub, type: mqtt, url: "mqtt://127.0.0.1:1" }]';
  await writeFile(config, `version: 1\ngateway: { id: truck-7 }\ndataDir: .\n${sinks}\n`);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

/** Those there are, as `dead-letters list` finds them: what is to be sent again has a `*`. */
async function letters(): Promise<readonly string[]> {
  await using source = await openLetters({ config });
  const page = await source.reader.list({});
  return page.letters.map(({ id, isRedriving }) => `${id}${isRedriving ? '*' : ''}`);
}

async function drop(ids: readonly string[], options: Partial<ChangeLettersOptions>): Promise<string> {
  const output = new PassThrough();
  await dropLetters(ids, { config, ...options }, { input: new PassThrough(), output });
  return String(output.read());
}

async function redrive(ids: readonly string[], options: Partial<ChangeLettersOptions>): Promise<string> {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  await redriveLetters(ids, { config, ...options });
  return write.mock.calls.join('');
}

it('drops letters of a gateway that does not run', async () => {
  expect(await drop([idOf(2)], { yes: true })).toBe('1 dead letter dropped\n');
  expect(await letters()).toEqual([idOf(1), idOf(3), idOf(4, 'gone')]);
  expect(await drop([], { sink: 'hub', yes: true, dataDir: folder, config: 'missing.yaml' })).toMatch(/^2 dead/);
  expect(await letters()).toEqual([idOf(4, 'gone')]);
});

it('drops nothing where nobody agrees, and nothing that is not there', async () => {
  await expect(drop([], { all: true })).rejects.toMatchObject({ code: 'sink.notConfirmed' });
  await expect(drop([idOf(1), idOf(9)], { yes: true })).rejects.toMatchObject({ code: 'deadLetter.unknown' });
  expect(await letters()).toHaveLength(4);
});

it('marks letters that the next gateway sends again, but not those of a sink that is not configured', async () => {
  expect(await redrive([], { all: true })).toBe(
    '3 dead letters will be sent again, behind everything else, once the gateway runs\n' +
      '1 stay: their sink is not configured\n',
  );
  expect(await letters()).toEqual([`${idOf(1)}*`, `${idOf(2)}*`, `${idOf(3)}*`, idOf(4, 'gone')]);
});

it('marks nothing where it cannot know which sinks are configured', async () => {
  const asked = redrive([], { all: true, dataDir: folder, config: join(folder, 'missing.yaml') });
  await expect(asked).rejects.toMatchObject({ code: 'config.unreadable' });
  expect(await letters()).toEqual([idOf(1), idOf(2), idOf(3), idOf(4, 'gone')]);
});

it('changes nothing while somebody else has the folder: a gateway that starts', async () => {
  await using _ = await lockFolder(folder);
  await expect(drop([], { all: true, yes: true })).rejects.toMatchObject({ code: 'dataDir.inUse', exitCode: 73 });
  expect(await letters()).toHaveLength(4);
});
