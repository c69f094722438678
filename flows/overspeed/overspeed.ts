/**
 * Overspeed with hysteresis, as a pure function of event time: the same samples give the same alerts, live or replayed.
 *
 * Above the limit and its margin for `raiseAfterMs` an alert is raised; below the limit for `clearAfterMs` it is cleared. In
 * between nothing changes. The Node-RED node around it is `overspeed-node.js`.
 */
export interface OverspeedSettings {
  readonly limitKmh: number;
  /** How far above the limit counts. */
  readonly marginKmh: number;
  readonly raiseAfterMs: number;
  readonly clearAfterMs: number;
}

/** What the shipped flow sets. */
export const DEFAULT_SETTINGS: OverspeedSettings = {
  limitKmh: 80,
  marginKmh: 5,
  raiseAfterMs: 10_000,
  clearAfterMs: 5000,
};

/** One speed with its own time. */
export interface SpeedSample {
  /** Milliseconds since the Unix epoch. */
  readonly timeMs: number;
  readonly speedKmh: number;
  readonly latitude: number;
  readonly longitude: number;
}

/** What is remembered between two samples. */
export interface OverspeedState {
  readonly last?: SpeedSample;
  /** A stretch above the limit and its margin, or one that was and is not over yet. */
  readonly episode?: Episode;
  /** Since when the speed is below the limit, while an alert is raised. */
  readonly belowSinceMs?: number;
}

interface Episode {
  readonly start: SpeedSample;
  readonly peak: SpeedSample;
  readonly sampleCount: number;
  readonly isRaised: boolean;
}

/** An alert: raised while it goes on, cleared when it is over. */
export interface OverspeedAlert {
  readonly state: 'raised' | 'cleared';
  readonly startMs: number;
  /** When the speed fell below the limit; only when cleared. */
  readonly endMs?: number;
  readonly limitKmh: number;
  readonly peakKmh: number;
  /** Where the episode began. */
  readonly latitude: number;
  readonly longitude: number;
  /** How many samples a second it rests on. */
  readonly sampleRateHz: number;
}

/** After a silence this long nothing is known of what came before: a tunnel, a parked vehicle. */
export const MAX_GAP_MS = 10_000;

/** Before the first sample. */
export const INITIAL_STATE: OverspeedState = {};

/** The state after one sample, and the alert that it raises or clears. A sample that is older than the last one changes nothing. */
export function stepOverspeed(
  state: OverspeedState,
  sample: SpeedSample,
  settings: OverspeedSettings,
): readonly [OverspeedState, OverspeedAlert | undefined] {
  const { last, episode } = state;
  if (last === undefined) return [{ last: sample, ...begin(sample, settings) }, undefined];
  const gapMs = sample.timeMs - last.timeMs;
  // A clock that is set back further than that begins anew, or it would never be heard again.
  if (Math.abs(gapMs) > MAX_GAP_MS) {
    const cleared = episode?.isRaised ? alert('cleared', episode, last, settings, last.timeMs) : undefined;
    return [{ last: sample, ...begin(sample, settings) }, cleared];
  }
  if (gapMs <= 0) return [state, undefined];
  if (episode === undefined) return [{ last: sample, ...begin(sample, settings) }, undefined];
  const longer = {
    ...episode,
    peak: sample.speedKmh > episode.peak.speedKmh ? sample : episode.peak,
    sampleCount: episode.sampleCount + 1,
  };
  return episode.isRaised ? goOn(state, longer, sample, settings) : holdBack(longer, sample, settings);
}

function begin(sample: SpeedSample, settings: OverspeedSettings): Pick<OverspeedState, 'episode'> {
  if (!isOver(sample, settings)) return {};
  return { episode: { start: sample, peak: sample, sampleCount: 1, isRaised: false } };
}

/** Not raised yet: one sample that is not above forgets the episode. */
function holdBack(
  episode: Episode,
  sample: SpeedSample,
  settings: OverspeedSettings,
): readonly [OverspeedState, OverspeedAlert | undefined] {
  if (!isOver(sample, settings)) return [{ last: sample }, undefined];
  if (sample.timeMs - episode.start.timeMs < settings.raiseAfterMs) return [{ last: sample, episode }, undefined];
  const raised = { ...episode, isRaised: true };
  return [{ last: sample, episode: raised }, alert('raised', raised, sample, settings)];
}

function goOn(
  state: OverspeedState,
  episode: Episode,
  sample: SpeedSample,
  settings: OverspeedSettings,
): readonly [OverspeedState, OverspeedAlert | undefined] {
  if (sample.speedKmh >= settings.limitKmh) return [{ last: sample, episode }, undefined];
  const belowSinceMs = state.belowSinceMs ?? sample.timeMs;
  if (sample.timeMs - belowSinceMs < settings.clearAfterMs) return [{ last: sample, episode, belowSinceMs }, undefined];
  return [{ last: sample }, alert('cleared', episode, sample, settings, belowSinceMs)];
}

function isOver(sample: SpeedSample, { limitKmh, marginKmh }: OverspeedSettings): boolean {
  return sample.speedKmh > limitKmh + marginKmh;
}

function alert(
  state: OverspeedAlert['state'],
  { start, peak, sampleCount }: Episode,
  now: SpeedSample,
  { limitKmh }: OverspeedSettings,
  endMs?: number,
): OverspeedAlert {
  const spanS = (now.timeMs - start.timeMs) / 1000;
  return {
    state,
    startMs: start.timeMs,
    ...(endMs === undefined ? {} : { endMs }),
    limitKmh,
    peakKmh: peak.speedKmh,
    latitude: start.latitude,
    longitude: start.longitude,
    sampleRateHz: spanS > 0 ? Math.round(((sampleCount - 1) / spanS) * 10) / 10 : 0,
  };
}
