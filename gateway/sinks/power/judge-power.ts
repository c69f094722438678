import type { JournalStream } from '#gateway/journal/journal.ts';
import type { DeadLettersStatus } from '#gateway/model/dead-letters-status.ts';
import { oneLine } from '#gateway/model/one-line.ts';
import type { PendingWork, PowerStatus } from '#gateway/model/power-status.ts';
import type { SinkStatus } from '#gateway/model/sink-status.ts';

/** What the gateway holds at one moment. */
export interface PowerView {
  /** The configured ones. */
  readonly streams: readonly Pick<JournalStream, 'id' | 'unsyncedCount' | 'refusal'>[];
  readonly sinks: readonly Pick<SinkStatus, 'id' | 'state' | 'lastError' | 'lanes'>[];
  readonly deadLetters: Pick<DeadLettersStatus, 'sinks'>;
}

/**
 * Whether all is done that was begun, at the moment of the view. Admission hands a message to the journal within its call, so what the
 * journal has not synced is all that is between them. A sink that is paused, or whose link is off, matters only if it owes something; what its
 * filter leaves out is dealt with. A letter that waits for a person is dealt with too: nobody would ever be done otherwise.
 */
export function judgePower({ streams, sinks, deadLetters }: PowerView): PowerStatus {
  const pending: PendingWork[] = [];
  for (const { id: stream, unsyncedCount: count, refusal } of streams) {
    if (refusal !== undefined) pending.push({ what: 'journal', stream, count, why: oneLine(refusal.summary) });
    else if (count > 0) pending.push({ what: 'journal', stream, count, why: 'not synced yet' });
  }
  for (const sink of sinks) {
    for (const { stream, isDrained, isHeld, backlogCount, lost = 0 } of sink.lanes) {
      if (isDrained) continue;
      // What is gone is pending too: the target is to be told [D9].
      const count = Math.max(1, backlogCount + lost);
      pending.push({ what: 'sink', sink: sink.id, stream, count, why: whyOf(sink, isHeld) });
    }
  }
  for (const { sink, redrivingCount: count } of deadLetters.sinks) {
    const owner = sinks.find(({ id }) => id === sink);
    const why = owner === undefined ? 'not configured' : whyOf(owner);
    if (count > 0) pending.push({ what: 'redrive', sink, count, why });
  }
  return { safe: pending.length === 0, pending };
}

function whyOf({ state, lastError }: PowerView['sinks'][number], isHeld = false): string {
  if (state === 'online') return isHeld ? 'waits for its link' : 'being sent';
  if (state === 'held') return 'its link is off';
  return lastError === undefined ? state : `${state}: ${oneLine(lastError)}`;
}
