import { describe, expect, it } from 'vitest';
import type { AcknowledgedRange } from '#gateway/journal/journal.ts';
import { MAX_CURSOR_RANGES } from '#gateway/journal/limits.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import { LANE_PATIENCE } from './fill-window.ts';
import { ALERTS, TELEMETRY, Timeline } from './timeline.ts';

const LOST = new WaystationError('hub.unreachable', 'The link was cut.');
/** The window of the timeline. */
const WINDOW_EVENTS = 4;

/** Connects with so many events in the stream. */
function connect(timeline: Timeline, tail: number): string[] {
  if (timeline.status.state === 'waiting') timeline.tickAt(timeline.wakeMs ?? NaN);
  timeline.tails.set(TELEMETRY, tail);
  return timeline.connected({ maxInFlightSends: 1 });
}

const liveFirst = (acknowledged = 0, ranges: readonly AcknowledgedRange[] = []) =>
  new Timeline([TELEMETRY], { order: 'liveFirst' }, acknowledged, ranges);

/** So many that a cursor had acknowledged, with holes of ten between them. */
function rangesOf(count: number): readonly AcknowledgedRange[] {
  return Array.from({ length: count }, (_, index) => {
    const to = 20 * index + 29;
    return { from: to - 9, to, forwardedSequence: to };
  });
}

describe('the newest first', () => {
  it('is what comes from now on, without a predecessor; the past is filled in behind it', () => {
    const timeline = liveFirst();
    expect(connect(timeline, 100)).toContain('read telemetry from 101');
    expect(timeline.read([1, 2], 2, TELEMETRY, { runIndex: 0 })).toContain('send #1: 1 after 0');
    timeline.read([101, 102]);
    expect(timeline.answer(1)).toEqual(['send #2: 101 after 0', 'advance telemetry to 1 (1)']);
    expect(timeline.answer(2)).toEqual(['send #3: 102 after 101', 'advance telemetry to 1 (1) and 101-101']);
    expect(timeline.answer(3)).toEqual(['send #4: 2 after 1', 'advance telemetry to 1 (1) and 101-102']);
    expect(timeline.status.lanes[0]).toMatchObject({
      acknowledgedSequence: 1,
      backfillCount: 1,
      backfillBacklogCount: 99,
    });
  });

  it('marks what is filled in, also what was prepared before', () => {
    const timeline = liveFirst();
    timeline.read([1, 2]);
    // What had been prepared as live is read again.
    expect(connect(timeline, 100)).toEqual(['read telemetry from 1 to 100', 'read telemetry from 101']);
  });

  it('makes no exception for a backlog no larger than a window', () => {
    const timeline = liveFirst();
    connect(timeline, WINDOW_EVENTS);
    expect(timeline.status.lanes[0]).not.toHaveProperty('backfillCount');
  });

  it('becomes the past with the next outage, and the oldest is filled in first', () => {
    const timeline = liveFirst();
    connect(timeline, 100);
    timeline.read([101]);
    timeline.answer(1);
    timeline.lose(LOST);
    expect(connect(timeline, 200)).toContain('read telemetry from 201');
    timeline.read([201]);
    expect(timeline.answer(2)).toContain('advance telemetry to 0 (0) and 101-101 and 201-201');
    expect(timeline.status.lanes[0]).toMatchObject({ backfillCount: 2 });
    expect(timeline.read([1], 100, TELEMETRY, { runIndex: 0 })).toContain('send #3: 1 after 0');
    // What is done joins what was done behind it, and the next stretch is read.
    expect(timeline.answer(3)).toEqual([
      'advance telemetry to 101 (101) and 201-201',
      'read telemetry from 102 to 200',
    ]);
  });

  it('does not starve the past [D1]', () => {
    const timeline = liveFirst();
    connect(timeline, 100);
    const many = Array.from({ length: 40 }, (_, index) => 101 + index);
    timeline.read(many);
    timeline.read([1], 1, TELEMETRY, { runIndex: 0 });
    let flight = 1;
    while (!timeline.answer(flight).some((action) => action.includes('advance telemetry to 1 '))) flight += 1;
    expect(flight).toBe(LANE_PATIENCE + 2);
  });

  it('of every lane goes before the past of any', () => {
    const timeline = new Timeline([ALERTS, TELEMETRY], { order: 'liveFirst' });
    timeline.tails.set(ALERTS, 50);
    connect(timeline, 100);
    timeline.read([1], 1, ALERTS, { runIndex: 0 });
    timeline.read([51], 51, ALERTS);
    timeline.read([101]);
    expect(timeline.answer(1)).toContain('send #2: 51 after 0');
    expect(timeline.answer(2)).toContain('send #3: 101 after 0');
  });
});

describe('a restart with the newest first', () => {
  it('goes on where each part stood, and in its chain: holes between the ranges are filled in [D2]', () => {
    const timeline = liveFirst(10, [
      { from: 20, to: 29, forwardedSequence: 28 },
      { from: 40, to: 44, forwardedSequence: 43 },
    ]);
    timeline.hear({ kind: 'tick' });
    expect(connect(timeline, 44)).toEqual([]);
    expect(timeline.read([11], 19, TELEMETRY, { runIndex: 0 })).toContain('send #1: 11 after 10');
    expect(timeline.answer(1)).toEqual(['advance telemetry to 29 (28) and 40-44', 'read telemetry from 30 to 39']);
    expect(timeline.read([31], 39, TELEMETRY, { runIndex: 0 })).toContain('send #2: 31 after 28');
    expect(timeline.answer(2)).toEqual(['advance telemetry to 44 (43)']);
    expect(timeline.read([45])).toContain('send #3: 45 after 43');
  });

  it('reads no further ahead however many parts there are', () => {
    const timeline = liveFirst(10, rangesOf(5));
    expect(timeline.hear({ kind: 'tick' }).filter((action) => action.startsWith('read'))).toHaveLength(2);
  });

  it('opens no new head at the bound of the cursor, and says so [D1]', () => {
    const timeline = liveFirst(10, rangesOf(MAX_CURSOR_RANGES));
    timeline.hear({ kind: 'tick' });
    connect(timeline, 100_000);
    expect(timeline.status.lanes[0]).toMatchObject({ backfillCount: MAX_CURSOR_RANGES, isCrowded: true });
    timeline.read([], 19, TELEMETRY, { runIndex: 0 });
    expect(timeline.status.lanes[0]).toMatchObject({ backfillCount: MAX_CURSOR_RANGES - 1 });
    expect(timeline.status.lanes[0]).not.toHaveProperty('isCrowded');
  });
});
