import { access, readdir, stat } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { findMadeDataDir, type GatewayOptions } from '#gateway/cli/gateway-options.ts';
import { askGateway } from '#gateway/host/ask-gateway.ts';
import type { JournalReader } from '#gateway/journal/journal-reader.ts';
import { JournalView } from '#gateway/journal/journal-view.ts';
import { nodeStorage } from '#gateway/journal/node-storage.ts';
import { openJournalFolder } from '#gateway/journal/read-folder.ts';
import { RemoteJournal } from '#gateway/journal/remote-journal.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import type { StreamId } from '#gateway/model/message.ts';
import { parseStreamId } from '#gateway/model/names.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { stderrLogger } from './stderr-logger.ts';

/** Which journal is meant: of a `dataDir`, a copy of one, or the journal's folder out of one. */
export type SourceOptions = GatewayOptions;

/** A journal to look into. */
export interface Source extends AsyncDisposable {
  readonly reader: JournalReader;
  /** Whether a gateway runs on it, so that it grows. */
  readonly isLive: boolean;
}

/** Asks the gateway that runs there; where none runs, reads the folder. */
export async function openSource(options: SourceOptions): Promise<Source> {
  const place = await findJournal(options);
  return (await openLive(place)) ?? (await openFolder(place));
}

/** Where a journal lies, and whose `dataDir` that may be. */
export interface JournalPlace {
  readonly dataDir: string;
  readonly directory: string;
}

/** @throws WaystationError `dataDir.missing`, `file.unreadable` when there is no journal in it */
export async function findJournal(options: GatewayOptions): Promise<JournalPlace> {
  const folder = await findMadeDataDir(options, 'Looking for a journal');
  if (await exists(join(folder, 'journal', 'streams'))) return { dataDir: folder, directory: join(folder, 'journal') };
  if (!(await exists(join(folder, 'streams')))) {
    throw new WaystationError(
      'file.unreadable',
      `Looking for a journal: ${folder} holds neither journal/streams nor streams.`,
    );
  }
  return { dataDir: basename(folder) === 'journal' ? dirname(folder) : folder, directory: folder };
}

/** @returns undefined when no gateway runs there */
export async function openLive({ dataDir }: JournalPlace): Promise<Source | undefined> {
  const reader = new RemoteJournal((method, options) => askGateway(dataDir, method, options));
  try {
    await reader.stat();
    // What people look at may wait for what the gateway does on the same machine.
    setPriority(constants.priority.PRIORITY_LOW);
    return { reader, isLive: true, [Symbol.asyncDispose]: async () => {} };
  } catch (error) {
    if (error instanceof WaystationError && error.code === 'gateway.notRunning') return undefined;
    throw error;
  }
}

async function openFolder(place: JournalPlace): Promise<Source> {
  const streams = await findStreams(place);
  const options = { ...place, streams, storage: nodeStorage, clock: systemClock, logger: stderrLogger };
  const journal = await openJournalFolder(options);
  const reader = new JournalView(journal, systemClock);
  return { reader, isLive: false, [Symbol.asyncDispose]: () => journal[Symbol.asyncDispose]() };
}

/** The streams that have a folder, the built-in ones among them. @throws WaystationError `dataDir.obstructed` */
export async function findStreams({ directory }: JournalPlace): Promise<readonly { readonly id: StreamId }[]> {
  for (const name of ['streams', 'cursors']) await refuseNonFolder(join(directory, name));
  const names = await readdir(join(directory, 'streams'));
  for (const name of names.filter((each) => parseStreamId(each) !== undefined)) {
    await refuseNonFolder(join(directory, 'streams', name));
  }
  return names.toSorted().flatMap((name) => {
    const id = parseStreamId(name);
    return id === undefined ? [] : [{ id }];
  });
}

async function refuseNonFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || found.isDirectory()) return;
  throw new WaystationError('dataDir.obstructed', `Looking for a journal: ${path} is no folder.`);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
