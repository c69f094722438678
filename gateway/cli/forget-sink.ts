import { join } from 'node:path';
import { askGateway } from '#gateway/host/ask-gateway.ts';
import { lockFolder } from '#gateway/host/folder-lock.ts';
import { Cursors } from '#gateway/journal/cursors.ts';
import { nodeStorage } from '#gateway/journal/node-storage.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import type { GatewayStatus, OrphanedCursor } from '#gateway/model/status.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { type Dialogue, isConfirmed, TERMINAL } from './confirm.ts';
import type { GatewayOptions } from './gateway-options.ts';
import { findJournal, type JournalPlace, openSource } from './journal/open-source.ts';
import { stderrLogger } from './journal/stderr-logger.ts';

/** Options of `sinks forget`. */
export interface ForgetOptions extends GatewayOptions {
  readonly yes?: true;
}

/**
 * Gives up the backlog of a sink that is not configured: through the gateway if it runs, which knows, else under the lock of the
 * folder, where the configuration knows; where that cannot be read, `-d` is believed, and the question says so.
 *
 * @throws WaystationError `sink.unknown`, `sink.configured`, `sink.notConfirmed`
 */
export async function forgetSink(id: string, options: ForgetOptions, dialogue: Dialogue = TERMINAL): Promise<void> {
  const place = await findJournal(options);
  const { isLive, backlog } = await look(id, options, place);
  const isNamed = isLive ? false : await isConfigured(id, options, place);
  if (isNamed === true) throw new WaystationError('sink.configured', `Forgetting ${id}: ${options.config} names it.`);
  const { input, output } = dialogue;
  output.write(`${id} will never get: ${backlog}\n`);
  if (isNamed === undefined) output.write(`${UNKNOWN}\n`);
  if (options.yes !== true && !(await isConfirmed({ input, output }))) {
    throw new WaystationError('sink.notConfirmed', `Forgetting ${id}: nobody has agreed to that.`);
  }
  if (isLive) await askGateway(place.dataDir, 'forgetSink', { params: { id } });
  else await forgetInFolder(id, place);
  output.write(`${id} is forgotten\n`);
}

const UNKNOWN = 'No gateway runs there and no configuration of it could be read: it may still have this sink.';

/** A sink that goes on may have lost a lane: only what nobody sends is given up. */
async function look(id: string, options: GatewayOptions, place: JournalPlace) {
  await using source = await openSource(options);
  const known = (await source.reader.stat()).cursors.filter(({ sink }) => sink === id);
  if (known.length === 0) throw new WaystationError('sink.unknown', `Forgetting ${id}: there is no such sink.`);
  const orphans = source.isLive ? await orphansIn(place) : known;
  const cursors = known.filter(({ stream }) => orphans.some((each) => each.sink === id && each.stream === stream));
  if (cursors.length === 0) throw new WaystationError('sink.configured', `Forgetting ${id}: it is configured.`);
  const backlog = cursors
    .map(({ stream, backlogCount }) => `${backlogCount ?? 'what there is'} of ${stream}`)
    .join(', ');
  return { isLive: source.isLive, backlog };
}

async function orphansIn({ dataDir }: JournalPlace): Promise<readonly OrphanedCursor[]> {
  // What comes from the gateway on the socket is this type by its contract.
  const { journal } = (await askGateway(dataDir, 'status')) as GatewayStatus;
  return journal.orphans ?? [];
}

/** @returns undefined where nobody can tell: with `-d`, and no configuration that can be read and is of that folder */
async function isConfigured(id: string, options: GatewayOptions, place: JournalPlace): Promise<boolean | undefined> {
  const { loadConfig } = await import('#gateway/config/load-config.ts');
  try {
    const { dataDir, sinks } = await loadConfig(options.config);
    return dataDir === place.dataDir ? sinks.some((sink) => sink.id === id) : undefined;
  } catch (error) {
    if (options.dataDir === undefined || !(error instanceof WaystationError)) throw error;
    return undefined;
  }
}

async function forgetInFolder(id: string, { dataDir, directory }: JournalPlace): Promise<void> {
  await using _ = await lockFolder(dataDir);
  const place = { storage: nodeStorage, folder: join(directory, 'cursors') };
  await (await Cursors.load({ ...place, clock: systemClock, logger: stderrLogger })).forget(id);
}
