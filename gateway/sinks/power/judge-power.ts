import type { JournalStream } from '#gateway/journal/journal.ts';
import type { DeadLettersStatus } from '#gateway/model/dead-letters-status.ts';
import { describeHold } from '#gateway/model/describe-sink.ts';
import type { LinkStatus } from '#gateway/model/link-status.ts';
import { oneLine } from '#gateway/model/one-line.ts';
import type { PendingWork, PowerStatus } from '#gateway/model/power-status.ts';
import type { SinkStatus } from '#gateway/model/sink-status.ts';

/** What the gateway holds at one moment. */
export interface PowerView {
  /** The configured ones. */
  readonly streams: readonly Pick<JournalStream, 'id' | 'unsyncedCount' | 'refusal'>[];
  readonly sinks: readonly Pick<SinkStatus, 'id' | 'link' | 'state' | 'lastError' | 'lanes'>[];
  readonly links?: readonly LinkStatus[];
  readonly deadLetters: Pick<DeadLettersStatus, 'sinks'>;
}

/**
 * Whether all is done that was begun, at the moment of the view. Admission hands a message to the journal within its call, so what the
 * journal has not synced is all that is between them. A sink that is paused, or whose link is off, matters only if it owes something; what its
 * filter leaves out is dealt with. A letter that waits for a person is dealt with too: nobody would ever be done otherwise.
 */
export function judgePower({ streams, sinks, links = [], deadLetters }: PowerView): PowerStatus {
  const pending: PendingWork[] = [];
  for (const { id: stream, unsyncedCount: count, refusal } of streams) {
    if (refusal !== undefined)
      pending.push({ what: 'journal', stream, count, state: 'stuck', why: oneLine(refusal.summary) });
    else if (count > 0) pending.push({ what: 'journal', stream, count, state: 'underWay', why: 'not synced yet' });
  }
  for (const sink of sinks) {
    for (const { stream, isDrained, isHeld, backlogCount, lost = 0 } of sink.lanes) {
      if (isDrained) continue;
      // What is gone is pending too: the target is to be told [D9].
      const count = Math.max(1, backlogCount + lost);
      pending.push({ what: 'sink', sink: sink.id, stream, count, ...standingOf(sink, links, isHeld) });
    }
  }
  for (const { sink, redrivingCount: count } of deadLetters.sinks) {
    const owner = sinks.find(({ id }) => id === sink);
    const standing = owner === undefined ? NOBODY : standingOf(owner, links);
    if (count > 0) pending.push({ what: 'redrive', sink, count, ...standing });
  }
  return { safe: pending.length === 0, pending };
}

type Standing = Pick<PendingWork, 'state' | 'why'>;

const NOBODY: Standing = { state: 'stuck', why: 'not configured' };

function standingOf(sink: PowerView['sinks'][number], links: readonly LinkStatus[], isHeld = false): Standing {
  const { state, lastError } = sink;
  const hold = describeHold(sink, links, isHeld);
  if (hold !== undefined) return { state: 'held', why: hold };
  if (state === 'online') return { state: 'underWay', why: 'being sent' };
  const why = lastError === undefined ? state : `${state}: ${oneLine(lastError)}`;
  return { state: state === 'connecting' ? 'underWay' : 'stuck', why };
}
