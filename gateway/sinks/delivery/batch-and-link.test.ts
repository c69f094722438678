import { describe, expect, it } from 'vitest';
import { WaystationError } from '#gateway/model/errors.ts';
import { type Allowance, UNLIMITED } from '#gateway/sinks/link/allowance.ts';
import { ALERTS, TELEMETRY, Timeline } from './timeline.ts';

const NONE: Allowance = {
  ...UNLIMITED,
  ...{ bytes: 0, urgentBytes: 0, maxEventBytes: 0, maxUrgentEventBytes: 0, moreAtMs: 7000 },
};

describe('a batch', () => {
  const batch = { maxEvents: 3, maxBytes: 100, maxAgeMs: 1000 };
  const open = (lanes = [TELEMETRY], urgentLanes = [ALERTS]) =>
    new Timeline(lanes, { batch, urgentLanes }).online({ maxEventsPerSend: 100, maxInFlightSends: 1 });

  it('waits for company, but not for long', () => {
    const timeline = open();
    expect(timeline.read([1], 1)).toEqual(['read telemetry from 2']);
    expect(timeline.wakeMs).toBe(1000);
    timeline.nowMs = 600;
    timeline.read([2], 2);
    expect(timeline.tickAt(999)).toEqual([]);
    expect(timeline.tickAt(1000)).toEqual(['send #1: 1 after 0, 2 after 1']);
  });

  it('leaves when it is full, by events or by bytes', () => {
    expect(open().read([1, 2, 3], 3)[0]).toBe('send #1: 1 after 0, 2 after 1, 3 after 2');
    expect(open().read([1], 1, TELEMETRY, { sizeBytes: 100 })[0]).toBe('send #1: 1 after 0');
  });

  it('never waits with what was sent before', () => {
    const timeline = open();
    timeline.read([1, 2, 3], 3);
    timeline.lose(timedOut());
    timeline.tickAt(timeline.wakeMs ?? NaN);
    expect(timeline.connected({ maxEventsPerSend: 100 })).toContain('send #2: 1 after 0, 2 after 1, 3 after 2');
  });

  it('of an urgent lane leaves at once', () => {
    expect(open([ALERTS, TELEMETRY]).read([1], 1, ALERTS)).toContain('send #1: 1 after 0');
  });

  it('that has waited long enough does not wake anybody while the remote is busy', () => {
    const timeline = open();
    timeline.read([1, 2, 3, 4], 4);
    timeline.tickAt(2000);
    expect(timeline.wakeMs).toBe(10_000);
    expect(timeline.answer(1)[0]).toBe('send #2: 4 after 3');
  });
});

describe('a link', () => {
  it('that is off has no connection, and what is in flight on one may still be acknowledged [D8]', () => {
    const timeline = new Timeline().online();
    timeline.read([1, 2, 3, 4, 5]);
    timeline.allowance = { ...UNLIMITED, mode: 'off' };
    expect(timeline.hear({ kind: 'linkChanged', tails: timeline.tails })).toEqual([]);
    for (const flight of [1, 2, 3]) timeline.answer(flight);
    expect(timeline.answer(4)).toEqual(['disconnect', 'advance telemetry to 4 (4)']);
    expect(timeline.status.state).toBe('held');
    expect(timeline.tickAt(3_600_000)).toEqual([]);
    timeline.allowance = UNLIMITED;
    expect(timeline.hear({ kind: 'linkChanged', tails: timeline.tails })).toEqual(['connect']);
  });

  it('that is off ends an attempt, and the delay before one', () => {
    const timeline = new Timeline();
    timeline.allowance = { ...UNLIMITED, mode: 'off' };
    expect(timeline.hear({ kind: 'tick' })).toEqual(['read telemetry from 1']);
    expect(timeline.status.state).toBe('held');
  });

  it('that is metered carries only the lanes that it names [D8]', () => {
    const timeline = new Timeline([ALERTS, TELEMETRY], { meteredLanes: [ALERTS] });
    timeline.allowance = { ...UNLIMITED, mode: 'metered' };
    timeline.online();
    expect(timeline.read([1])).toEqual(['read telemetry from 2']);
    expect(timeline.read([1], 1, ALERTS)).toContain('send #1: 1 after 0');
    timeline.allowance = UNLIMITED;
    expect(timeline.hear({ kind: 'linkChanged', tails: timeline.tails })).toEqual(['send #2: 1 after 0']);
  });

  it('that was metered and is not any more has a past to fill in behind the newest', () => {
    const timeline = new Timeline([TELEMETRY], { order: 'liveFirst' });
    timeline.allowance = { ...UNLIMITED, mode: 'metered' };
    timeline.online();
    timeline.allowance = UNLIMITED;
    timeline.tails.set(TELEMETRY, 50);
    expect(timeline.hear({ kind: 'linkChanged', tails: timeline.tails })).toContain('read telemetry from 51');
    timeline.tails.set(TELEMETRY, 90);
    expect(timeline.hear({ kind: 'linkChanged', tails: timeline.tails })).toEqual([]);
  });

  it('without budget holds what is sent until there is more [D8]', () => {
    const timeline = new Timeline().online();
    timeline.allowance = { ...NONE, bytes: 25, urgentBytes: 25 };
    expect(timeline.read([1, 2, 3])).toEqual(['send #1: 1 after 0', 'send #2: 2 after 1', 'read telemetry from 4']);
    timeline.allowance = NONE;
    timeline.answer(1);
    timeline.answer(2);
    expect(timeline.wakeMs).toBe(7000);
    timeline.allowance = UNLIMITED;
    expect(timeline.tickAt(7000)).toEqual(['send #3: 3 after 2']);
  });

  it('without budget lets urgent lanes spend the reserve, and cuts batches to it [D8]', () => {
    const timeline = new Timeline([TELEMETRY, ALERTS], { urgentLanes: [ALERTS] }).online({ maxEventsPerSend: 100 });
    timeline.allowance = { ...NONE, urgentBytes: 25 };
    timeline.read([1]);
    expect(timeline.read([1, 2, 3], 3, ALERTS)[0]).toBe('send #1: 1 after 0, 2 after 1');
  });

  it('lets a single event pass that is larger than what is left, if it says so', () => {
    const timeline = new Timeline().online();
    timeline.allowance = { ...NONE, bytes: 5, maxEventBytes: 50 };
    expect(timeline.read([1, 2], 2, TELEMETRY, { sizeBytes: 40 })).toContain('send #1: 1 after 0');
    expect(timeline.status.inFlightCount).toBe(1);
  });
});

describe('a batch that the link would cut', () => {
  const batch = { maxEvents: 5, maxBytes: 1000, maxAgeMs: 10_000 };
  const rate = { burstBytes: 100, bytesPerSecond: 100, maxEventBytes: 1000, maxUrgentEventBytes: 1000 };
  const open = (allowance: Partial<Allowance>, lanes = [TELEMETRY]) => {
    const window = { maxEvents: 100, maxBytes: 1000, ackTimeoutMs: 60_000 };
    const timeline = new Timeline(lanes, { batch, window, urgentLanes: [ALERTS] }).online({ maxEventsPerSend: 100 });
    timeline.allowance = { ...UNLIMITED, ...rate, ...allowance };
    return timeline;
  };
  const five = [1, 2, 3, 4, 5];
  const whole = 'send #1: 1 after 0, 2 after 1, 3 after 2, 4 after 3, 5 after 4';
  const reading = 'read telemetry from 6';

  it('waits until it has room for all of it [D8]', () => {
    const timeline = open({ bytes: 15, urgentBytes: 15, moreAtMs: 1 });
    expect(timeline.read(five)).toEqual([reading]);
    expect(timeline.wakeMs).toBe(350);
    expect(timeline.status.lanes).toMatchObject([{ isHeld: true }]);
    timeline.allowance = { ...timeline.allowance, bytes: 50, urgentBytes: 50 };
    expect(timeline.tickAt(350)).toContain(whole);
    expect(timeline.status.lanes[0]?.isHeld).toBeUndefined();
  });

  it('is cut to a burst where it is larger than one', () => {
    const timeline = open({ bytes: 25, urgentBytes: 25, burstBytes: 30, bytesPerSecond: 30 });
    expect(timeline.read(five)).toEqual([reading]);
    timeline.allowance = { ...timeline.allowance, bytes: 30, urgentBytes: 30 };
    expect(timeline.tickAt(200)).toContain('send #1: 1 after 0, 2 after 1, 3 after 2');
  });

  it('waits for a rate of events in the same way', () => {
    const timeline = open({ events: 1, burstEvents: 4 });
    expect(timeline.read(five)).toEqual([reading]);
    timeline.allowance = { ...timeline.allowance, events: 4 };
    expect(timeline.tickAt(1000)).toContain('send #1: 1 after 0, 2 after 1, 3 after 2, 4 after 3');
  });

  it('waits no longer than for company while others take all there is', () => {
    const timeline = open({ bytes: 15, urgentBytes: 15 });
    timeline.read(five);
    expect(timeline.tickAt(9999)).toEqual([]);
    expect(timeline.tickAt(10_000)).toContain('send #1: 1 after 0');
  });

  it('takes what is left of the day, but leaves the last of it to urgent lanes, however long that is', () => {
    const day = { bytes: 25, urgentBytes: 1000, dayBytes: 25, dayRestBytes: 20, moreAtMs: 3_600_000 };
    expect(open(day).read(five)).toContain('send #1: 1 after 0, 2 after 1');
    const timeline = open({ ...day, bytes: 15, dayBytes: 15 }, [ALERTS, TELEMETRY]);
    expect(timeline.read(five)).toEqual([reading]);
    expect(timeline.tickAt(60_000)).toEqual([]);
    expect(timeline.wakeMs).toBe(3_600_000);
    expect(timeline.read(five, 5, ALERTS)).toContain(whole);
    expect(timeline.status.lanes.map(({ isHeld }) => isHeld)).toEqual([undefined, true]);
  });

  it('of an urgent lane goes as it is, cut', () => {
    expect(open({ bytes: 15, urgentBytes: 15 }, [ALERTS]).read(five, 5, ALERTS)).toContain('send #1: 1 after 0');
  });
});

function timedOut() {
  return new WaystationError('hub.unreachable', 'The link was cut.');
}
