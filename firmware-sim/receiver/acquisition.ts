import type { Condition } from './condition.ts';
import type { StartKind } from './receiver-spec.ts';

/** How far a receiver has come in finding satellites. */
export interface AcquisitionState {
  /** There is a signal to receive. */
  readonly isReceiving: boolean;
  /** Since the signal came, or since it went; infinite for a receiver that was always on. */
  readonly sinceMs: number;
  readonly hasTime: boolean;
  readonly hasDate: boolean;
  /** What is possible as far as acquisition goes. */
  readonly fix: 'none' | '2d' | '3d';
  /** It knew its position at some time before. */
  readonly hadFix: boolean;
}

/** How long after the signal came each thing is known. */
interface Delays {
  readonly timeMs: number;
  readonly dateMs: number;
  readonly fix2dMs: number;
  readonly fix3dMs: number;
}

/**
 * When a receiver knows what: after its start, and after each span without signal. A pure function of time.
 *
 * @param conditions those of them that block the signal count
 */
export function buildAcquisition(
  start: StartKind,
  conditions: readonly Condition[],
): (elapsedMs: number) => AcquisitionState {
  const blocks = mergeBlocks(conditions);
  const spans = clearSpans(blocks);
  return (elapsedMs) => {
    let [hasTime, hasDate, hadFix] = [false, false, start === 'running'];
    let state: AcquisitionState = { isReceiving: false, sinceMs: 0, hasTime, hasDate, fix: 'none', hadFix };
    for (const { fromMs, toMs, outageMs } of spans) {
      if (fromMs > elapsedMs) break;
      const delays = hadFix && fromMs > Number.NEGATIVE_INFINITY ? reacquisition(outageMs) : DELAYS[start];
      const originMs = Math.max(fromMs, start === 'running' ? fromMs : 0);
      const knownForMs = Math.min(elapsedMs, toMs) - originMs;
      hasTime ||= knownForMs >= delays.timeMs;
      hasDate ||= knownForMs >= delays.dateMs;
      hadFix ||= knownForMs >= delays.fix2dMs;
      const isReceiving = elapsedMs < toMs;
      const sinceMs = isReceiving ? elapsedMs - originMs : elapsedMs - toMs;
      state = { isReceiving, sinceMs, hasTime, hasDate, fix: isReceiving ? fixAfter(sinceMs, delays) : 'none', hadFix };
    }
    return state;
  };
}

/** After this much of a jamming the signals are gone. */
export const JAM_FADE_MS = 3_000;

const DELAYS: Readonly<Record<StartKind, Delays>> = {
  running: { timeMs: 0, dateMs: 0, fix2dMs: 0, fix3dMs: 0 },
  hot: { timeMs: 0, dateMs: 0, fix2dMs: 1_000, fix3dMs: 2_000 },
  warm: { timeMs: 0, dateMs: 0, fix2dMs: 12_000, fix3dMs: 16_000 },
  cold: { timeMs: 8_000, dateMs: 20_000, fix2dMs: 24_000, fix3dMs: 30_000 },
};

/** The longer it was gone, the longer it takes, up to a point. */
function reacquisition(outageMs: number): Delays {
  const fix2dMs = 1_000 + Math.min(outageMs / 20, 8_000);
  return { timeMs: 0, dateMs: 0, fix2dMs, fix3dMs: fix2dMs + 2_000 };
}

function fixAfter(sinceMs: number, { fix2dMs, fix3dMs }: Delays): AcquisitionState['fix'] {
  if (sinceMs >= fix3dMs) return '3d';
  return sinceMs >= fix2dMs ? '2d' : 'none';
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

const BLOCKING: readonly Condition['kind'][] = ['tunnel', 'jam', 'antennaOpen', 'antennaShort'];

/** In order, none touching another. */
function mergeBlocks(conditions: readonly Condition[]): readonly Span[] {
  const blocks = conditions
    .filter(({ kind }) => BLOCKING.includes(kind))
    .map(({ kind, fromMs, toMs }) => ({ fromMs: kind === 'jam' ? fromMs + JAM_FADE_MS : fromMs, toMs }))
    .filter(({ fromMs, toMs }) => fromMs < toMs)
    .toSorted((a, b) => a.fromMs - b.fromMs);
  const merged: Span[] = [];
  for (const block of blocks) {
    const last = merged.at(-1);
    if (last === undefined || block.fromMs > last.toMs) merged.push(block);
    else merged[merged.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, block.toMs) };
  }
  return merged;
}

/** Between the blocks, each with the length of the block before it. */
function clearSpans(blocks: readonly Span[]): readonly (Span & { readonly outageMs: number })[] {
  const starts = [{ fromMs: Number.NEGATIVE_INFINITY, outageMs: 0 }].concat(
    blocks.map(({ fromMs, toMs }) => ({ fromMs: toMs, outageMs: toMs - fromMs })),
  );
  return starts.map((span, index) => ({ ...span, toMs: blocks[index]?.fromMs ?? Number.POSITIVE_INFINITY }));
}
