import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { askGateway } from '#gateway/host/ask-gateway.ts';
import { lockFolder } from '#gateway/host/folder-lock.ts';
import { Cursors } from '#gateway/journal/cursors.ts';
import { nodeStorage } from '#gateway/journal/node-storage.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import type { GatewayOptions } from './gateway-options.ts';
import { findJournal, openSource } from './journal/open-source.ts';
import { stderrLogger } from './journal/stderr-logger.ts';

/** Options of `sinks forget`. */
export interface ForgetOptions extends GatewayOptions {
  readonly yes?: true;
}

/**
 * Gives up the backlog of a sink that is not configured: through the gateway if it runs, else under the lock of the folder.
 *
 * @throws WaystationError `sink.unknown`, or `gateway.badRequest` if it is configured or nobody has agreed
 */
export async function forgetSink(id: string, options: ForgetOptions): Promise<void> {
  await using source = await openSource(options);
  const cursors = (await source.reader.stat()).cursors.filter(({ sink }) => sink === id);
  if (cursors.length === 0) throw new WaystationError('sink.unknown', `Forgetting ${id}: there is no such sink.`);
  const losses = cursors.map(({ stream, backlogCount }) => `${backlogCount} of ${stream}`).join(', ');
  process.stdout.write(`${id} will never get: ${losses}\n`);
  if (options.yes !== true && !(await isAgreed())) {
    throw new WaystationError('gateway.badRequest', `Forgetting ${id}: nobody has agreed; --yes does.`);
  }
  const { dataDir, directory } = await findJournal(options);
  if (source.isLive) {
    await askGateway(dataDir, 'forgetSink', { params: { id } });
  } else {
    await using _ = await lockFolder(dataDir);
    const place = { storage: nodeStorage, folder: join(directory, 'cursors') };
    await (await Cursors.load({ ...place, clock: systemClock, logger: stderrLogger })).forget(id);
  }
  process.stdout.write(`${id} is forgotten\n`);
}

async function isAgreed(): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const dialogue = createInterface(process.stdin, process.stdout);
  try {
    return /^y(?:es)?$/i.test((await dialogue.question('Go on? [y/N] ')).trim());
  } finally {
    dialogue.close();
  }
}
