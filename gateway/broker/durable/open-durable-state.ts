/**
 * What the broker remembers over a restart: sessions, subscriptions, queues, packet ids and retained messages, in the `state`
 * stream of the journal.
 *
 * It never delivers anything, and never holds a message that the data streams hold too for longer than it must. Start reading at
 * `map-recorder.ts`, which writes, and `restore-state.ts`, which reads; what a crash may leave is in `docs/sessions.md`.
 */
import type { RetainedMessages } from '#gateway/broker/sessions/retained-messages.ts';
import type { Sessions } from '#gateway/broker/sessions/sessions.ts';
import type { StatefulJournal } from '#gateway/journal/journal.ts';
import { openStateMap, type StateMapOptions } from '#gateway/journal/state/open-state-map.ts';
import { STATE_STREAM } from '#gateway/model/built-in-streams.ts';
import type { Done, Stamp } from '#gateway/model/message.ts';
import type { StateStatus } from '#gateway/model/status.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { MapRecorder } from './map-recorder.ts';
import { restoreState } from './restore-state.ts';
import type { StoredWill } from './state-codec.ts';
import type { StateRecorder } from './state-recorder.ts';

/** The memory of the broker. Closed after the broker and before the journal. */
export interface DurableState extends AsyncDisposable {
  readonly recorder: StateRecorder;
  /**
   * Fills both with what there was. Once, before anything is published.
   *
   * @returns wills of clients that were connected when the process ended, by their numbers
   * @throws WaystationError `journal.unknownFormat`, `journal.failed`
   */
  restoreTo(target: RestoreTarget): Promise<ReadonlyMap<number, StoredWill>>;
  status(): StateStatus;
}

/** What a start fills. */
export interface RestoreTarget {
  readonly sessions: Sessions;
  readonly retained: RetainedMessages;
}

/** What {@link openDurableState} needs. */
export interface DurableStateOptions extends Pick<StateMapOptions, 'lazyWriteMs' | 'minLogBytes'> {
  readonly journal: Pick<StatefulJournal, 'openBuiltIn' | 'streams' | 'clockRuns'>;
  readonly clock: Clock;
  /** Now. */
  readonly stamp: () => Stamp;
  readonly logger: Logger;
}

/** @throws WaystationError as `openJournal` */
export async function openDurableState(options: DurableStateOptions): Promise<DurableState> {
  const { journal, clock, logger } = options;
  const map = await openStateMap({ ...options, stream: await journal.openBuiltIn(STATE_STREAM) });
  const { streams, clockRuns } = journal;
  const recorder = new MapRecorder({ map, streams, clock });
  return {
    recorder,
    async restoreTo(target) {
      const { wills, ...restored } = await restoreState({ ...target, map, recorder, streams, clockRuns, clock });
      const log = restored.lostCount + restored.strangeCount > 0 ? logger.warn : logger.info;
      log.call(logger, { ...restored, willCount: wills.size }, 'restored what the broker remembers');
      const error = await new Promise((resolve: Done) => recorder.settle(resolve));
      // It stays pending, and is tried again: what is told from here on waits for it.
      if (error !== undefined) logger.warn({ error }, 'what was restored could not be written down yet');
      return wills;
    },
    status: () => map.status(),
    [Symbol.asyncDispose]: () => recorder[Symbol.asyncDispose](),
  };
}
