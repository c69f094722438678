import { randomBytes } from 'node:crypto';
import type { GatewayOptions } from '#gateway/cli/gateway-options.ts';
import { findJournal, openLive } from '#gateway/cli/journal/open-source.ts';
import { stderrLogger } from '#gateway/cli/journal/stderr-logger.ts';
import type { Config } from '#gateway/config/config-schema.ts';
import { lockFolder } from '#gateway/host/folder-lock.ts';
import { loadMachineName, MACHINE_ID_FILE } from '#gateway/host/machine-name.ts';
import { nodeStorage } from '#gateway/journal/node-storage.ts';
import { openJournal } from '#gateway/journal/open-journal.ts';
import type { Stamp } from '#gateway/model/message.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { systemDiskCounters } from '#gateway/runtime/disk-counters.ts';
import { deadLetterMethods } from '#gateway/sinks/dead-letters/dead-letter-methods.ts';
import { openDeadLetters } from '#gateway/sinks/dead-letters/open-dead-letters.ts';
import { RemoteLetters } from '#gateway/sinks/dead-letters/remote-letters.ts';
import { remoteLetters } from './open-letters.ts';

/** Letters that can be changed. */
export interface LettersDoor extends AsyncDisposable {
  readonly letters: RemoteLetters;
  /** Whether a gateway runs on them, which sends at once what is to be sent again. */
  readonly isRunning: boolean;
}

/**
 * The letters of the gateway that runs there; where none runs, those in the folder itself, under its lock: the same methods, without
 * a socket between.
 *
 * @param mustKnowSinks whether it matters which sinks are configured
 * @throws WaystationError `file.unreadable`, `dataDir.inUse`, as `openJournal`, and as `loadConfig` where the sinks must be known
 */
export async function reachLetters(options: GatewayOptions, mustKnowSinks: boolean): Promise<LettersDoor> {
  const place = await findJournal(options);
  const live = await openLive(place);
  if (live !== undefined) {
    return {
      letters: remoteLetters(place.dataDir),
      isRunning: true,
      [Symbol.asyncDispose]: () => live[Symbol.asyncDispose](),
    };
  }
  await using opened = new AsyncDisposableStack();
  const config = await configOf(place.dataDir, options, mustKnowSinks);
  opened.use(await lockFolder(place.dataDir));
  const host = { clock: systemClock, logger: stderrLogger, random: randomBytes, storage: nodeStorage };
  const machine = await loadMachineName(MACHINE_ID_FILE);
  const diskCounters = systemDiskCounters(place.dataDir);
  // No stream of events: what is not opened stays as it is.
  const journal = opened.use(await openJournal({ ...host, ...place, machine, diskCounters, streams: [] }));
  const maxBytes = config?.deadLetters.maxBytes ?? Number.POSITIVE_INFINITY;
  const store = opened.use(await openDeadLetters({ ...host, journal, maxBytes, stamp, onBuried: () => {} }));
  const sinks = config?.sinks.map(({ id }) => id) ?? [];
  const methods: Readonly<Record<string, (params: unknown) => unknown>> = deadLetterMethods(
    store,
    sinks,
    () => journal.clockRuns,
  );
  const owned = opened.move();
  return {
    letters: new RemoteLetters(async (method, asked) => methods[method]?.(asked?.params)),
    isRunning: false,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** @returns undefined where none is to be had that is of that folder */
async function configOf(dataDir: string, options: GatewayOptions, isNeeded: boolean): Promise<Config | undefined> {
  const { loadConfig } = await import('#gateway/config/load-config.ts');
  try {
    const config = await loadConfig(options.config);
    return config.dataDir === dataDir ? config : undefined;
  } catch (error) {
    if (isNeeded) throw error;
    return undefined;
  }
}

/** Of what is written here. */
function stamp(): Stamp {
  const { wallMs, monotonicMs } = systemClock;
  return { wallMs: wallMs(), monotonicMs: monotonicMs(), clockRun: CLOCK_RUN, quality: 'none' };
}

const CLOCK_RUN = randomBytes(8).toString('hex');
