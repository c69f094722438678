import { describe, expect, it } from 'vitest';
import { WaystationError } from '#gateway/model/errors.ts';
import { LANE_PATIENCE } from './fill-window.ts';
import { ALERTS, TELEMETRY, Timeline } from './timeline.ts';

const LOST = new WaystationError('hub.unreachable', 'The link was cut.');
const REFUSED = new WaystationError('hub.refused', 'The login is wrong.');

describe('the window', () => {
  it('is filled at once and refilled on every acknowledgement [D7]', () => {
    const timeline = new Timeline().online();
    expect(timeline.read([1, 2, 3, 4, 5, 6])).toEqual([
      'send #1: 1 after 0',
      'send #2: 2 after 1',
      'send #3: 3 after 2',
      'send #4: 4 after 3',
      'read telemetry from 7',
    ]);
    expect(timeline.answer(1)).toEqual(['send #5: 5 after 4', 'advance telemetry to 1 (1)']);
    expect(timeline.answer(2)).toEqual(['send #6: 6 after 5', 'advance telemetry to 2 (2)']);
    expect(timeline.status).toMatchObject({ inFlightCount: 4, sentCount: 6, acknowledgedCount: 2, resentCount: 0 });
  });

  it('is no larger than what the remote granted [D7]', () => {
    const timeline = new Timeline().online({ maxInFlightSends: 2 });
    expect(timeline.read([1, 2, 3])).toEqual(['send #1: 1 after 0', 'send #2: 2 after 1', 'read telemetry from 4']);
    expect(timeline.answer(1)).toContain('send #3: 3 after 2');
  });

  it('is bounded in bytes, but lets a single larger event pass alone [D7]', () => {
    const timeline = new Timeline().online();
    expect(timeline.read([1, 2, 3], 3, TELEMETRY, { sizeBytes: 400 })).toEqual([
      'send #1: 1 after 0',
      'send #2: 2 after 1',
      'read telemetry from 4',
    ]);
    expect(timeline.read([4], 4, TELEMETRY, { sizeBytes: 1200 })).toEqual([]);
    timeline.answer(1);
    timeline.answer(2);
    expect(timeline.answer(3)).toContain('send #4: 4 after 3');
  });

  it('takes up to as many events in one send as the remote grants', () => {
    const timeline = new Timeline().online({ maxEventsPerSend: 3 });
    expect(timeline.read([1, 2, 3, 4, 5])).toEqual([
      'send #1: 1 after 0, 2 after 1, 3 after 2',
      'send #2: 4 after 3',
      'read telemetry from 6',
    ]);
    expect(timeline.answer(1)).toContain('advance telemetry to 3 (3)');
  });

  it('asks the journal for more only when less than one window is left, however long the outage', () => {
    const timeline = new Timeline();
    expect(timeline.hear({ kind: 'tick' })).toEqual(['connect', 'read telemetry from 1']);
    expect(timeline.read([1, 2, 3])).toEqual(['read telemetry from 4']);
    expect(timeline.read([4, 5, 6])).toEqual([]);
  });
});

describe('the cursor', () => {
  it('moves on acknowledgement, never on sending [J10 D1]', () => {
    const timeline = new Timeline().online();
    expect(timeline.read([1, 2]).filter((action) => action.startsWith('advance'))).toEqual([]);
    expect(timeline.answer(1)).toContain('advance telemetry to 1 (1)');
  });

  it('covers the contiguous prefix: an early answer to a later event does not move it [J10]', () => {
    const timeline = new Timeline().online();
    timeline.read([1, 2, 3]);
    expect(timeline.answer(2)).toEqual([]);
    expect(timeline.answer(1)).toContain('advance telemetry to 2 (2)');
  });

  it('moves by as many events as were taken; the rest of the batch goes again, before what is behind it [J10 D1]', () => {
    const timeline = new Timeline().online({ maxEventsPerSend: 3, maxInFlightSends: 1 });
    timeline.read([1, 2, 3, 4, 5]);
    expect(timeline.answer(1, { kind: 'accepted', count: 1 })).toEqual([
      'send #2: 2 after 1, 3 after 2, 4 after 3',
      'advance telemetry to 1 (1)',
    ]);
    expect(timeline.answer(2)).toEqual(['send #3: 5 after 4', 'advance telemetry to 4 (4)']);
    expect(timeline.status).toMatchObject({ acknowledgedCount: 4, resentCount: 2 });
  });

  it('counts what was filtered out as done, and keeps the last forwarded sequence [J10 D2]', () => {
    const timeline = new Timeline().online();
    expect(timeline.read([], 5)).toContain('advance telemetry to 5 (0)');
    expect(timeline.read([7, 9], 12)).toEqual([
      'send #1: 7 after 0',
      'send #2: 9 after 7',
      'advance telemetry to 6 (0)',
      'read telemetry from 13',
    ]);
    expect(timeline.answer(1)).toContain('advance telemetry to 8 (7)');
    expect(timeline.answer(2)).toContain('advance telemetry to 12 (9)');
    expect(timeline.status.filteredCount).toBe(10);
  });

  it('starts where it stood: the first event names the one forwarded before the restart', () => {
    const timeline = new Timeline([TELEMETRY], {}, 41);
    expect(timeline.hear({ kind: 'tick' })).toEqual(['connect', 'read telemetry from 42']);
  });
});

describe('a time that becomes known', () => {
  it('has what waits behind the flights read again, from where it began [S5 D1]', () => {
    const timeline = new Timeline().online({ maxInFlightSends: 2 });
    timeline.read([1, 2, 4, 5], 6);
    expect(timeline.hear({ kind: 'timeLearned' })).toEqual(['read telemetry from 4']);
    expect(timeline.status).toMatchObject({ inFlightCount: 2, lanes: [{ acknowledgedSequence: 0 }] });
    // What had been asked for before is none of it any more.
    const stale = {
      kind: 'read',
      stream: TELEMETRY,
      runId: 1,
      from: 7,
      entries: [],
      throughSequence: 9,
    } as const;
    expect(timeline.hear(stale)).toEqual([]);
    timeline.answer(1);
    expect(timeline.answer(2)).toEqual(['advance telemetry to 3 (2)']);
  });

  it('has nothing counted twice that the filter leaves out', () => {
    const timeline = new Timeline().online({ maxInFlightSends: 1 });
    timeline.read([1, 3, 5], 7);
    timeline.hear({ kind: 'timeLearned' });
    timeline.read([3, 5], 6);
    expect(timeline.status.filteredCount).toBe(4);
    timeline.read([9], 9);
    expect(timeline.status.filteredCount).toBe(5);
  });

  it('changes nothing where nothing waits', () => {
    const timeline = new Timeline().online();
    timeline.read([1, 2]);
    expect(timeline.hear({ kind: 'timeLearned' })).toEqual([]);
  });

  it('lets a lane go on that stands still at an event without time [S5]', () => {
    const timeline = new Timeline().online({ maxInFlightSends: 1 });
    timeline.read([1, 2]);
    timeline.answer(1, { kind: 'hold', error: LOST });
    expect(timeline.status.state).toBe('paused');
    expect(timeline.hear({ kind: 'timeLearned' })).toEqual(['read telemetry from 1']);
    expect(timeline.read([1, 2])[0]).toMatch(/^send #2: 1 /);
  });
});

describe('a failure', () => {
  it('sends everything unacknowledged again, in order, one probe first [D1 D5]', () => {
    const timeline = new Timeline().online();
    timeline.read([1, 2, 3, 4, 5]);
    timeline.answer(1);
    expect(timeline.lose(LOST)).toEqual(['disconnect']);
    expect(timeline.status).toMatchObject({ state: 'waiting', inFlightCount: 0 });
    expect(timeline.tickAt(500)).toEqual(['connect']);
    expect(timeline.connected()).toEqual(['send #6: 2 after 1']);
    expect(timeline.answer(6)).toEqual([
      'send #7: 3 after 2',
      'send #8: 4 after 3',
      'send #9: 5 after 4',
      'advance telemetry to 2 (2)',
    ]);
    expect(timeline.status).toMatchObject({ resentCount: 4, state: 'online' });
  });

  it('makes late answers of the old connection mean nothing', () => {
    const timeline = new Timeline().online();
    timeline.read([1, 2]);
    timeline.lose(LOST);
    expect(timeline.answer(1)).toEqual([]);
    timeline.tickAt(500);
    expect(timeline.connected()).toEqual(['send #3: 1 after 0']);
    expect(timeline.answer(1)).toEqual([]);
    expect(timeline.status.lanes[0]?.acknowledgedSequence).toBe(0);
  });

  it('is waited out exponentially, capped, with full jitter, until something is acknowledged [D5]', () => {
    const timeline = new Timeline();
    timeline.read([1]);
    const delaysMs = Array.from({ length: 8 }, () => {
      timeline.tickAt(timeline.wakeMs ?? NaN);
      timeline.lose(LOST);
      return (timeline.wakeMs ?? NaN) - timeline.nowMs;
    });
    // Half of 1, 2, 4 … 60 s: the random number of this test is 0.5.
    expect(delaysMs).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    timeline.tickAt(timeline.wakeMs ?? NaN);
    timeline.connected();
    timeline.lose(LOST);
    expect((timeline.wakeMs ?? NaN) - timeline.nowMs).toBe(30_000);
    timeline.tickAt(timeline.wakeMs ?? NaN);
    expect(timeline.connected()).toEqual(['send #2: 1 after 0']);
    timeline.answer(2);
    timeline.lose(LOST);
    expect((timeline.wakeMs ?? NaN) - timeline.nowMs).toBe(500);
  });

  it('after a long quiet connection counts as the first: the link had proved itself', () => {
    const timeline = new Timeline();
    timeline.tickAt(0);
    timeline.lose(LOST);
    timeline.tickAt(500);
    timeline.connected();
    timeline.nowMs = 100_000;
    timeline.lose(LOST);
    expect(timeline.wakeMs).toBe(100_500);
  });

  it('to answer CONNECT is noticed by a deadline of its own', () => {
    const timeline = new Timeline();
    timeline.tickAt(0);
    expect(timeline.tickAt(4999)).toEqual([]);
    expect(timeline.tickAt(5000)).toEqual(['disconnect']);
    expect(timeline.status.lastError).toMatch(/^hub.timeout: .*5000 ms/);
  });

  it.each([
    ['influxdb.timeout', 'InfluxDB'],
    ['webhook.timeout', 'The receiver'],
    ['file.timeout', 'The drive'],
  ] as const)('is called %s where the target is of that type', (timeoutCode, target) => {
    const timeline = new Timeline(undefined, { timeoutCode });
    timeline.tickAt(0);
    timeline.tickAt(5000);
    expect(timeline.status.lastError).toContain(`${timeoutCode}: ${target} did not connect within 5000 ms`);
  });
});

describe('the acknowledgement deadline', () => {
  it('gives a silent link up [D4]', () => {
    const timeline = new Timeline().online();
    timeline.nowMs = 1000;
    timeline.read([1, 2]);
    expect(timeline.wakeMs).toBe(11_000);
    expect(timeline.tickAt(10_999)).toEqual([]);
    expect(timeline.tickAt(11_000)).toEqual(['disconnect']);
    expect(timeline.status).toMatchObject({ state: 'waiting', lastError: expect.stringMatching(/^hub.timeout/) });
  });

  it('restarts when the oldest is acknowledged: slow is not silent', () => {
    const timeline = new Timeline().online();
    timeline.read([1, 2, 3]);
    timeline.nowMs = 9000;
    timeline.answer(1);
    expect(timeline.wakeMs).toBe(19_000);
    timeline.nowMs = 15_000;
    timeline.answer(3);
    expect(timeline.wakeMs).toBe(19_000);
  });

  it('does not run while nothing is in flight', () => {
    const timeline = new Timeline().online();
    expect(timeline.wakeMs).toBeUndefined();
  });
});

describe('lanes', () => {
  it('are served by priority [D1]', () => {
    const timeline = new Timeline([ALERTS, TELEMETRY]).online({ maxInFlightSends: 1 });
    timeline.read([1, 2, 3]);
    timeline.read([1], 1, ALERTS);
    expect(timeline.answer(1)[0]).toBe('send #2: 1 after 0');
    expect(timeline.answer(2)).toEqual(['send #3: 2 after 1', 'advance alerts to 1 (1)']);
  });

  it('never starve: a waiting lane is served after a bounded number of sends [D1]', () => {
    const timeline = new Timeline([ALERTS, TELEMETRY]).online({ maxInFlightSends: 1 });
    timeline.read(
      Array.from({ length: 100 }, (_, index) => index + 1),
      100,
      ALERTS,
    );
    timeline.read([1, 2, 3]);
    let telemetryAt: number[] = [];
    for (let flight = 1; telemetryAt.length < 2; flight++) {
      const actions = timeline.answer(flight);
      if (actions.some((action) => action.startsWith('advance telemetry'))) telemetryAt = [...telemetryAt, flight];
    }
    expect(telemetryAt).toEqual([LANE_PATIENCE + 2, 2 * LANE_PATIENCE + 3]);
  });
});

describe('a fault of the configuration', () => {
  it('pauses the sink and is tried again slowly; nothing is given up', () => {
    const timeline = new Timeline();
    timeline.hear({ kind: 'tick' });
    timeline.read([1]);
    expect(timeline.lose(REFUSED)).toEqual(['disconnect']);
    expect(timeline.status).toMatchObject({ state: 'paused', lastError: expect.stringMatching(/^hub.refused/) });
    expect(timeline.wakeMs).toBe(45_000);
    expect(timeline.tickAt(45_000)).toEqual(['connect']);
    expect(timeline.connected()).toEqual(['send #1: 1 after 0']);
    timeline.answer(1);
    expect(timeline.status).not.toHaveProperty('lastError');
  });

  it('in the answer to an event pauses the whole sink', () => {
    const timeline = new Timeline().online();
    timeline.read([1, 2]);
    expect(timeline.answer(1, { kind: 'pause', error: REFUSED })).toEqual(['disconnect']);
    expect(timeline.status).toMatchObject({ state: 'paused', lanes: [{ acknowledgedSequence: 0 }] });
  });
});

describe('stopping', () => {
  it('waits for what is in flight and sends nothing new', () => {
    const timeline = new Timeline().online();
    timeline.read([1, 2, 3, 4, 5]);
    expect(timeline.hear({ kind: 'stop' })).toEqual([]);
    timeline.answer(1);
    timeline.answer(2);
    timeline.answer(3);
    expect(timeline.answer(4)).toEqual(['disconnect', 'advance telemetry to 4 (4)']);
    expect(timeline.status).toMatchObject({ state: 'stopped', inFlightCount: 0 });
  });

  it('ends after a bounded time, or when the link does', () => {
    const slow = new Timeline().online();
    slow.read([1]);
    slow.hear({ kind: 'stop' });
    expect(slow.wakeMs).toBe(3000);
    expect(slow.tickAt(3000)).toEqual(['disconnect']);
    const cut = new Timeline().online();
    cut.read([1]);
    cut.hear({ kind: 'stop' });
    expect(cut.lose(LOST)).toEqual(['disconnect']);
    expect(cut.status).toMatchObject({ state: 'stopped', lanes: [{ acknowledgedSequence: 0 }] });
  });

  it('is immediate with nothing in flight, and final', () => {
    const timeline = new Timeline();
    timeline.hear({ kind: 'tick' });
    expect(timeline.hear({ kind: 'stop' })).toEqual(['disconnect']);
    expect(timeline.read([1])).toEqual([]);
    expect(timeline.wakeMs).toBeUndefined();
  });
});

it('connects at once after a renewal, and comes no nearer to a longer delay by it', () => {
  const timeline = new Timeline().online();
  timeline.read([1]);
  for (let renewal = 0; renewal < 5; renewal++) {
    timeline.lose(new WaystationError('hub.renewed', 'another certificate is there'));
    expect(timeline.wakeMs).toBe(timeline.nowMs);
    expect(timeline.tickAt(timeline.nowMs)).toContain('connect');
    timeline.connected();
  }
});
