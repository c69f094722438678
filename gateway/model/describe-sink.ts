import { counted } from './counted.ts';
import { describeModeSource, openingCommand } from './describe-link.ts';
import type { LinkStatus } from './link-status.ts';
import type { LaneStatus, SinkStatus } from './sink-status.ts';

/** How a sink stands, in the words of `waystation status` and of the console. */
export interface SinkWords {
  /** One or two, in place of the state. */
  readonly word: string;
  /** What it waits for, until when, and what ends that; absent where it waits for nothing. */
  readonly why?: string;
}

const SECOND_MS = 1000;

/**
 * @param links of the gateway; the one of the sink is looked up
 * @param spanOf prints milliseconds
 */
export function describeSink(
  sink: SinkStatus,
  links: readonly LinkStatus[],
  spanOf: (ms: number) => string,
): SinkWords {
  const { id, state, retryInMs } = sink;
  const link = links.find((each) => each.id === sink.link);
  const again = retryInMs === undefined ? ' soon' : retryInMs < SECOND_MS ? ' now' : ` in ${spanOf(retryInMs)}`;
  switch (state) {
    case 'held':
      return link === undefined ? { word: 'link off' } : describeClosed(link, spanOf);
    case 'waiting':
      return { word: state, why: `next attempt${again}` };
    case 'paused':
      return {
        word: state,
        why: `needs a person; looks again${again}, or at once: waystation sinks retry ${id}`,
      };
    case 'online':
      return { word: state, ...describeLimit(link, sink.lanes) };
    default:
      return { word: state };
  }
}

/** Whether and why its link holds a sink back, in a few words; undefined where something else does, or nothing. @param isHeld as of `LaneStatus` */
export function describeHold(
  { state, link: id }: Pick<SinkStatus, 'state' | 'link'>,
  links: readonly LinkStatus[],
  isHeld: boolean,
): string | undefined {
  if (state !== 'held' && !(state === 'online' && isHeld)) return undefined;
  const link = links.find((each) => each.id === id);
  if (link === undefined) return 'its link is off';
  if (link.mode === 'off') return `its link ${link.id} is off`;
  if (link.state === 'spent') return `the budget of its link ${link.id} is spent`;
  if (state === 'held') return `its link ${link.id} lets nothing through`;
  if (link.state === 'reserved') return `only the reserve of the day is left on its link ${link.id}`;
  return link.mode === 'metered' ? `its link ${link.id} is metered` : `waits for room on its link ${link.id}`;
}

/** Each lane that has a past to fill in, in a sentence without its end. @param format prints how much */
export function describeBackfill({ lanes }: SinkStatus, format: (count: number) => string = String): readonly string[] {
  return lanes.flatMap((lane) =>
    lane.backfillCount === undefined ? [] : [describeStretches(lane, lane.backfillCount, format)],
  );
}

function describeStretches(lane: LaneStatus, count: number, format: (count: number) => string): string {
  const { stream, backfillBacklogCount = 0, isCrowded } = lane;
  const crowd = isCrowded === true ? '; there are so many that new events wait behind the oldest' : '';
  return `fills in ${format(backfillBacklogCount)} of ${stream}, from ${counted(count, 'stretch', 'stretches')} of the past${crowd}`;
}

function describeClosed(link: LinkStatus, spanOf: (ms: number) => string): SinkWords {
  const { id, state, mode, day } = link;
  if (state === 'spent' && mode !== 'off') {
    const more = day.endsInMs === undefined ? 'more comes with time' : `the next day begins in ${spanOf(day.endsInMs)}`;
    return { word: 'budget spent', why: `nothing of the day is left on ${id}; ${more}` };
  }
  const remedy = openingCommand(link);
  const opening = remedy === undefined ? '' : `; to open it: ${remedy}`;
  return { word: 'link off', why: `${id} is ${mode} ${describeModeSource(link, spanOf)}${opening}` };
}

function describeLimit(link: LinkStatus | undefined, lanes: readonly LaneStatus[]): { readonly why?: string } {
  if (link?.state === 'reserved')
    return { why: `only the reserve of the day is left on ${link.id}: urgent lanes alone go` };
  if (link?.mode === 'metered') return { why: `${link.id} is metered: only the lanes that it names go` };
  if (link === undefined || !lanes.some(({ isHeld }) => isHeld)) return {};
  if (link.state === 'low')
    return { why: `little of the day is left on ${link.id}: urgent lanes go, batches that it would cut wait` };
  return { why: `waits for room on ${link.id}` };
}
