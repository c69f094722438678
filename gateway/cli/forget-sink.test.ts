import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openControlSocket } from '#gateway/host/control-socket.ts';
import { nodeStorage } from '#gateway/journal/node-storage.ts';
import { append, openTestJournal, TELEMETRY } from '#gateway/journal/open-test-journal.ts';
import { ERROR_REGISTER } from '#gateway/model/errors.ts';
import { type ForgetOptions, forgetSink } from './forget-sink.ts';

let folder: string;
let config: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waystation-forget-'));
  config = join(folder, 'waystation.yaml');
  const { journal, stream } = await openTestJournal(nodeStorage, { directory: join(folder, 'journal') });
  for (const sink of ['hub', 'old-hub']) await journal.openCursor(sink, TELEMETRY, 'oldest');
  for (const text of ['one', 'two']) await append(stream, text);
  await journal[Symbol.asyncDispose]();
  await writeFile(
    config,
    'version: 1\ngateway: { id: truck-7 }\ndataDir: .\nsinks: [{ id: hub, type: mqtt, url: "mqtt://127.0.0.1:1" }]\n',
  );
});
afterEach(() => rm(folder, { recursive: true }));

/** Forgets with somebody, or nobody, at the terminal. @returns what was said */
async function forget(id: string, answer: string | undefined, options: Partial<ForgetOptions> = {}): Promise<string> {
  const input = Object.assign(new PassThrough(), { isTTY: answer !== undefined });
  const output = new PassThrough();
  input.end(`${answer ?? 'y'}\n`);
  await forgetSink(id, { config, ...options }, { input, output });
  return String(output.read());
}

const cursors = async () => (await readdir(join(folder, 'journal', 'cursors'))).toSorted();
const BOTH = ['hub.telemetry.cursor', 'old-hub.telemetry.cursor'];

it.each(['y', 'Yes'])(
  'forgets a sink that the configuration does not name when somebody answers %s',
  async (answer) => {
    const said = await forget('old-hub', answer);
    expect(said).toMatch(/^old-hub will never get: 2 of telemetry\nGo on\? .*old-hub is forgotten\n$/s);
    expect(await cursors()).toEqual(['hub.telemetry.cursor']);
  },
);

it.each([
  ['no', 'n'],
  ['nothing', ''],
  ['y where there is no terminal', undefined],
])('forgets nothing when the answer is %s: a usage that lacks --yes', async (_, answer) => {
  await expect(forget('old-hub', answer)).rejects.toMatchObject({ code: 'sink.notConfirmed', exitCode: 2 });
  expect(await cursors()).toEqual(BOTH);
});

it('refuses a sink that the configuration names, whoever agrees [J10]', async () => {
  await expect(forget('hub', 'y', { yes: true })).rejects.toMatchObject({ code: 'sink.configured', exitCode: 1 });
  const both = forget('hub', 'y', { dataDir: folder });
  await expect(both).rejects.toMatchObject({ code: 'sink.configured' });
  await expect(forget('nope', 'y')).rejects.toMatchObject({ code: 'sink.unknown' });
  expect(await cursors()).toEqual(BOTH);
  expect(ERROR_REGISTER['sink.configured'].remedy).toMatch(/^Remove the sink from the configuration/);
});

it('says with -d alone that nobody knows whether the sink is configured, and does not ask with --yes', async () => {
  const said = await forget('hub', undefined, { config: 'missing.yaml', dataDir: folder, yes: true });
  expect(said).toMatch(/^hub will never get: .*\nNo gateway runs there and no configuration .*\nhub is forgotten\n$/);
  expect(await cursors()).toEqual(['old-hub.telemetry.cursor']);
});

it('forgets nothing where the configuration cannot be read, unless it is left out by -d', async () => {
  await writeFile(config, 'version: 1\nnonsense: true\n');
  await expect(forget('old-hub', 'y')).rejects.toMatchObject({ code: 'config.invalid', exitCode: 78 });
  await forget('old-hub', 'y', { dataDir: folder });
  expect(await cursors()).toEqual(['hub.telemetry.cursor']);
});

/** A gateway that runs there, as far as forgetting asks it. */
function openGateway(orphans: readonly object[], forgotten: unknown[]) {
  const place = { stream: 'telemetry', acknowledgedSequence: 0, backlogCount: 2 };
  const cursors = ['alerts', 'telemetry'].map((stream) => ({ ...place, sink: 'hub', stream }));
  return openControlSocket(folder, {
    'journal.stat': () => ({ streams: [], cursors }),
    status: () => ({ journal: { orphans } }),
    forgetSink: (params: unknown) => forgotten.push(params),
  });
}

it('names of a sink that runs only the lanes that it has no more, for the others go on', async () => {
  const forgotten: unknown[] = [];
  await using _ = await openGateway([{ sink: 'hub', stream: 'telemetry' }], forgotten);
  expect(await forget('hub', 'y')).toMatch(/^hub will never get: 2 of telemetry\nGo on/);
  expect(forgotten).toEqual([{ id: 'hub' }]);
});

it('asks nobody about a sink that runs with all its lanes', async () => {
  const forgotten: unknown[] = [];
  await using _ = await openGateway([{ sink: 'other', stream: 'telemetry' }], forgotten);
  await expect(forget('hub', 'y')).rejects.toMatchObject({ code: 'sink.configured' });
  expect(forgotten).toEqual([]);
});
