import type { SinkStatus } from '#gateway/model/sink-status.ts';
import type { Outage } from './live-view.ts';
import { backlogOf, dealtWithCount } from './sink-counts.ts';

/** An outage with times of the monotonic clock. */
export interface MonotonicOutage extends Outage {
  /** What the sink had dealt with when it was back. */
  readonly dealtWithAtEnd?: number;
}

/** Whether a sink was last seen without its peer. */
export interface SinkMemory {
  readonly isOffline: boolean;
}

/** Over all sinks; the oldest are forgotten. */
export const MAX_OUTAGES = 200;
/** A connection that is made or renewed within this time was no outage. */
export const MIN_OUTAGE_MS = 1500;

interface OutageMemory {
  readonly outages: readonly MonotonicOutage[];
  readonly sinks: ReadonlyMap<string, SinkMemory>;
}

/** Opens, updates and ends the outages of every sink. @param nowMs monotonic */
export function recordOutages(memory: OutageMemory, nowMs: number, sinks: readonly SinkStatus[]): OutageMemory {
  const byId = new Map(sinks.map((sink) => [sink.id, sink]));
  const known = memory.outages.flatMap((outage) => {
    const sink = byId.get(outage.sink);
    return sink === undefined ? [outage] : progress(outage, nowMs, sink);
  });
  const begun = sinks
    .filter((sink) => isOffline(sink) && memory.sinks.get(sink.id)?.isOffline !== true)
    .map((sink) => ({
      sink: sink.id,
      startedMs: nowMs,
      isHeld: sink.state === 'held',
      ...waiting(sink),
      sentCount: 0,
    }));
  return {
    outages: [...known, ...begun].slice(-MAX_OUTAGES),
    sinks: new Map(sinks.map((sink) => [sink.id, { isOffline: isOffline(sink) }])),
  };
}

function progress(outage: MonotonicOutage, nowMs: number, sink: SinkStatus): readonly MonotonicOutage[] {
  if (outage.drainedMs !== undefined) return [outage];
  if (outage.endedMs === undefined)
    return isOffline(sink)
      ? [{ ...outage, isHeld: isStillHeld(outage, sink), ...waiting(sink) }]
      : end(outage, nowMs, sink);
  const sentCount = Math.min(outage.keptCount, dealtWithCount(sink) - (outage.dealtWithAtEnd ?? 0));
  return [{ ...outage, sentCount, ...(sentCount === outage.keptCount ? { drainedMs: nowMs } : {}) }];
}

/** What is kept is what waited at the last look while it lasted: by now some of it may have gone. */
function end(outage: MonotonicOutage, nowMs: number, sink: SinkStatus): readonly MonotonicOutage[] {
  if (nowMs - outage.startedMs < MIN_OUTAGE_MS) return [];
  const dealtWithAtEnd = outage.dealtWithAtEnd ?? dealtWithCount(sink);
  return progress({ ...outage, endedMs: nowMs, dealtWithAtEnd }, nowMs, sink);
}

function waiting(sink: SinkStatus) {
  const reason = sink.lastError === undefined ? {} : { reason: sink.lastError };
  return { keptCount: backlogOf(sink), dealtWithAtEnd: dealtWithCount(sink), ...reason };
}

/** A sink that was stopped has no peer to miss. */
function isOffline(sink: SinkStatus): boolean {
  return sink.state !== 'online' && sink.state !== 'stopped';
}

/** A link that is opened again has its sinks connect, which is no trouble yet. */
function isStillHeld({ isHeld }: MonotonicOutage, { state }: SinkStatus): boolean {
  return isHeld && (state === 'held' || state === 'connecting');
}
