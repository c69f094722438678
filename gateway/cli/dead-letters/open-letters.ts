import type { GatewayOptions } from '#gateway/cli/gateway-options.ts';
import { findJournal, findStreams, type JournalPlace, openLive } from '#gateway/cli/journal/open-source.ts';
import { stderrLogger } from '#gateway/cli/journal/stderr-logger.ts';
import { askGateway } from '#gateway/host/ask-gateway.ts';
import { nodeStorage } from '#gateway/journal/node-storage.ts';
import { openJournalFolder } from '#gateway/journal/read-folder.ts';
import type { Stamp } from '#gateway/model/message.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { type DeadLetterReader, DeadLetterView } from '#gateway/sinks/dead-letters/dead-letter-view.ts';
import { openDeadLetters } from '#gateway/sinks/dead-letters/open-dead-letters.ts';
import { RemoteLetters } from '#gateway/sinks/dead-letters/remote-letters.ts';

/** Letters to look at. */
export interface LetterSource extends AsyncDisposable {
  readonly reader: DeadLetterReader;
}

/** Asks the gateway that runs there; where none runs, reads the folder, which stays as it is. @throws WaystationError `file.unreadable` */
export async function openLetters(options: GatewayOptions): Promise<LetterSource> {
  const place = await findJournal(options);
  const live = await openLive(place);
  if (live === undefined) return openLetterFolder(place);
  return { reader: remoteLetters(place.dataDir), [Symbol.asyncDispose]: () => live[Symbol.asyncDispose]() };
}

/** Those of the gateway that runs on a `dataDir`. */
export function remoteLetters(dataDir: string): RemoteLetters {
  return new RemoteLetters((method, asked) => askGateway(dataDir, method, asked));
}

async function openLetterFolder(place: JournalPlace): Promise<LetterSource> {
  await using opened = new AsyncDisposableStack();
  const host = { storage: nodeStorage, clock: systemClock, logger: stderrLogger };
  const streams = await findStreams(place);
  const journal = opened.use(await openJournalFolder({ ...host, directory: place.directory, streams }));
  // Nothing is written down: what they hold is what there is.
  const unbounded = { maxBytes: Number.POSITIVE_INFINITY, stamp: () => NO_STAMP, onBuried: () => {} };
  const store = opened.use(await openDeadLetters({ ...host, ...unbounded, journal }));
  const reader = new DeadLetterView(store, () => journal.clockRuns);
  const owned = opened.move();
  return { reader, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const NO_STAMP: Stamp = { wallMs: 0, monotonicMs: 0, clockRun: '0'.repeat(16), quality: 'none' };
