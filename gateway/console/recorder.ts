import type { GatewayStatus } from '#gateway/model/status.ts';
import type { Rates } from './live-view.ts';
import { type MonotonicOutage, recordOutages, type SinkMemory } from './outages.ts';
import { backlogOf } from './sink-counts.ts';

/** Ten minutes, one sample a second. */
export const MAX_SAMPLES = 600;
/** Rates shown are averages over this many samples. */
const RATE_SPAN = 5;

/**
 * What the console remembers of the gateway, as a value: {@link recordStatus} takes one status after the other.
 * All times are monotonic: a host clock that jumps moves no bar.
 */
export interface Recording {
  readonly startedMs: number;
  /** The newest last. */
  readonly samples: readonly Sample[];
  readonly outages: readonly MonotonicOutage[];
  readonly sinks: ReadonlyMap<string, SinkMemory>;
}

/** The counters of one moment. */
export interface Sample {
  readonly atMs: number;
  readonly publishedCount: number;
  readonly journaledCount: number;
  readonly sources: ReadonlyMap<string, number>;
  readonly sinks: ReadonlyMap<string, { readonly sentCount: number; readonly backlogCount: number }>;
  /** Bytes, both ways. */
  readonly links: ReadonlyMap<string, number>;
}

/** Nothing seen yet. */
export function emptyRecording(nowMs: number): Recording {
  return { startedMs: nowMs, samples: [], outages: [], sinks: new Map() };
}

/** @param nowMs monotonic, one second or so after the last */
export function recordStatus(recording: Recording, nowMs: number, status: GatewayStatus): Recording {
  return {
    ...recording,
    ...recordOutages(recording, nowMs, status.sinks),
    samples: [...recording.samples.slice(1 - MAX_SAMPLES), sampleOf(nowMs, status)],
  };
}

/** Averages over the last few samples; all zero until there are two. */
export function ratesOf(recording: Recording): Rates {
  const { samples } = recording;
  const last = samples.at(-1);
  const first = samples.at(-1 - RATE_SPAN) ?? samples[0];
  if (first === undefined || last === undefined) {
    return { publishedPerSecond: 0, journaledPerSecond: 0, sources: {}, sinks: {}, links: {} };
  }
  const rate = (before: number, after: number) => ratePerSecond(first.atMs, last.atMs, before, after);
  const ratesOfEach = (before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>) =>
    Object.fromEntries([...after].map(([id, count]) => [id, rate(before.get(id) ?? count, count)]));
  return {
    publishedPerSecond: rate(first.publishedCount, last.publishedCount),
    journaledPerSecond: rate(first.journaledCount, last.journaledCount),
    sources: ratesOfEach(first.sources, last.sources),
    sinks: Object.fromEntries(
      [...last.sinks].map(([id, { sentCount }]) => [id, rate(first.sinks.get(id)?.sentCount ?? sentCount, sentCount)]),
    ),
    links: ratesOfEach(first.links, last.links),
  };
}

/** @returns 0 for no time */
export function ratePerSecond(fromMs: number, toMs: number, before: number, after: number): number {
  return toMs > fromMs ? Math.max(0, ((after - before) * 1000) / (toMs - fromMs)) : 0;
}

function sampleOf(atMs: number, status: GatewayStatus): Sample {
  return {
    atMs,
    publishedCount: status.broker.publishedCount,
    journaledCount: status.journal.appendedCount,
    sources: new Map(status.sources.map((source) => [source.id, source.publishedCount])),
    sinks: new Map(
      status.sinks.map((sink) => [sink.id, { sentCount: sink.acknowledgedCount, backlogCount: backlogOf(sink) }]),
    ),
    links: new Map((status.links ?? []).map(({ id, sentBytes, receivedBytes }) => [id, sentBytes + receivedBytes])),
  };
}
