import { describe, expect, it } from 'vitest';
import { WaystationError } from '#gateway/model/errors.ts';
import { BURY_RETRY_MS } from './settle.ts';
import { ALERTS, TELEMETRY, Timeline } from './timeline.ts';

const NEVER = new WaystationError('hub.rejectedEvent', 'The topic is not valid.');
const LOST = new WaystationError('hub.unreachable', 'The link was cut.');
const rejected = { kind: 'rejected', error: NEVER } as const;
const oneAtATime = { maxInFlightSends: 1, maxEventsPerSend: 100 };

describe('an event that the remote will never take', () => {
  it('goes to the dead letters; nothing behind it is sent before it is there, and the remote is told in its place [D6 D9]', () => {
    const timeline = new Timeline().online();
    timeline.read([1, 2, 3, 4, 5]);
    expect(timeline.answer(1, rejected)).toEqual(['bury telemetry 1']);
    // What is behind it stays in flight.
    for (const flight of [2, 3, 4]) expect(timeline.answer(flight)).toEqual([]);
    expect(timeline.bury(1)).toEqual(['send #5: †1 after 0', 'send #6: 5 after 4']);
    expect(timeline.answer(5)).toEqual(['advance telemetry to 4 (4)']);
    expect(timeline.status).toMatchObject({ state: 'online', deadLetteredCount: 1 });
  });

  it('holds the cursor until it is told, whatever comes between [J10]', () => {
    const timeline = new Timeline().online();
    timeline.read([1, 2]);
    timeline.answer(1, rejected);
    timeline.answer(2);
    timeline.bury(1);
    expect(timeline.lose(LOST)).toEqual(['disconnect']);
    expect(timeline.status.lanes[0]?.acknowledgedSequence).toBe(0);
    timeline.tickAt(timeline.wakeMs ?? NaN);
    expect(timeline.connected()).toEqual(['send #4: †1 after 0']);
    expect(timeline.answer(4)).toEqual(['advance telemetry to 2 (2)']);
  });

  it('goes there without being sent when it is larger than the remote takes [D7]', () => {
    const timeline = new Timeline([ALERTS, TELEMETRY]).online({ maxPacketBytes: 100 });
    expect(timeline.read([1, 2], 2, TELEMETRY, { sizeBytes: 101 })[0]).toBe('bury telemetry 1');
    expect(timeline.read([1], 1, ALERTS)).toContain('send #1: 1 after 0');
    expect(timeline.bury(1)).toEqual(['send #2: †1 after 0', 'bury telemetry 2']);
  });

  it('is passed over when the news of it is refused as well', () => {
    const timeline = new Timeline().online();
    timeline.read([1, 2]);
    timeline.answer(1, rejected);
    timeline.answer(2);
    timeline.bury(1);
    expect(timeline.answer(3, rejected)).toEqual(['passOver telemetry 1', 'advance telemetry to 2 (2)']);
  });

  it('holds its lane while it cannot be buried, and is tried again [D6 J10]', () => {
    const timeline = new Timeline().online();
    timeline.read([1, 2]);
    timeline.answer(1, rejected);
    timeline.answer(2);
    const full = new WaystationError('journal.full', 'The disk is full.');
    expect(timeline.buryInVain(1, full)).toEqual([]);
    expect(timeline.status).toMatchObject({ state: 'paused', lastError: full.summary, retryInMs: BURY_RETRY_MS });
    expect(timeline.tickAt(BURY_RETRY_MS)).toEqual(['bury telemetry 1']);
    expect(timeline.bury(1)).toEqual(['send #3: †1 after 0']);
  });

  it('is buried anew when it was read anew meanwhile', () => {
    const timeline = new Timeline().online();
    timeline.read([1]);
    timeline.answer(1, rejected);
    timeline.hear({ kind: 'timeLearned' });
    expect(timeline.bury(1)).toEqual([]);
    expect(timeline.read([1])).toContain('send #2: 1 after 0');
    expect(timeline.answer(2, rejected)).toEqual(['bury telemetry 1']);
  });
});

describe('a batch', () => {
  it('is halved until one event is left, and only that one is buried [D6]', () => {
    const timeline = new Timeline([TELEMETRY], { window: { maxEvents: 8, maxBytes: 1000, ackTimeoutMs: 10_000 } });
    timeline.online(oneAtATime);
    timeline.read([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(timeline.answer(1, rejected)[0]).toBe('send #2: 1 after 0, 2 after 1, 3 after 2, 4 after 3');
    expect(timeline.answer(2, rejected)[0]).toBe('send #3: 1 after 0, 2 after 1');
    // Taken: twice as many go next.
    expect(timeline.answer(3)[0]).toBe('send #4: 3 after 2, 4 after 3, 5 after 4, 6 after 5');
    expect(timeline.answer(4, rejected)[0]).toBe('send #5: 3 after 2, 4 after 3');
    expect(timeline.answer(5, rejected)[0]).toBe('send #6: 3 after 2');
    expect(timeline.answer(6, rejected)).toEqual(['bury telemetry 3']);
    expect(timeline.bury(3)).toEqual(['send #7: †3 after 2']);
    expect(timeline.answer(7)[0]).toBe('send #8: 4 after 3, 5 after 4');
    expect(timeline.status.deadLetteredCount).toBe(1);
  });

  it('is not overtaken while it is looked for which of it is refused [D1]', () => {
    const timeline = new Timeline().online({ maxInFlightSends: 2, maxEventsPerSend: 2 });
    timeline.read([1, 2, 3, 4, 5, 6]);
    expect(timeline.answer(1, rejected)).toEqual([]);
    expect(timeline.answer(2)).toEqual(['send #3: 1 after 0']);
    expect(timeline.answer(3)).toEqual([
      'send #4: 2 after 1, 5 after 4',
      'send #5: 6 after 5',
      'advance telemetry to 1 (1)',
    ]);
  });

  it('of which the remote names the refused ones loses these alone [D6]', () => {
    const timeline = new Timeline().online(oneAtATime);
    timeline.read([1, 2, 3, 4]);
    const named = { kind: 'accepted', rejected: [{ index: 1, error: NEVER }] } as const;
    expect(timeline.answer(1, named)).toEqual(['bury telemetry 2', 'advance telemetry to 1 (1)']);
    expect(timeline.bury(2)).toEqual(['send #2: †2 after 1']);
    expect(timeline.answer(2)).toEqual(['advance telemetry to 4 (4)']);
    expect(timeline.status).toMatchObject({ acknowledgedCount: 4, deadLetteredCount: 1 });
  });
});

describe('an event that must wait', () => {
  it('stops its lane, and is tried again now and then [J10]', () => {
    const timeline = new Timeline().online();
    timeline.read([1, 2, 3, 4, 5]);
    expect(timeline.answer(1, { kind: 'hold', error: NEVER })).toEqual([]);
    expect(timeline.answer(2)).toEqual([]);
    expect(timeline.status).toMatchObject({ state: 'paused', lanes: [{ acknowledgedSequence: 0 }] });
    timeline.answer(3);
    timeline.answer(4);
    expect(timeline.wakeMs).toBe(45_000);
    expect(timeline.tickAt(45_000)).toEqual(['send #5: 1 after 0', 'send #6: 5 after 4']);
    expect(timeline.answer(5)).toContain('advance telemetry to 4 (4)');
    expect(timeline.status.state).toBe('online');
  });

  it('keeps the order of the lane when the link is lost meanwhile [D1]', () => {
    const timeline = new Timeline().online();
    timeline.read([1, 2, 3]);
    timeline.answer(1, { kind: 'hold', error: NEVER });
    timeline.lose(LOST);
    timeline.tickAt(60_000);
    expect(timeline.connected()).toEqual([]);
    expect(timeline.tickAt(60_000)).toEqual(['send #4: 1 after 0']);
    expect(timeline.answer(4)).toEqual(['send #5: 2 after 1', 'send #6: 3 after 2', 'advance telemetry to 1 (1)']);
  });
});

it('comes back no sooner than the remote asks for', () => {
  const timeline = new Timeline().online();
  timeline.read([1]);
  timeline.answer(1, { kind: 'retry', error: LOST, afterMs: 30_000 });
  expect(timeline.wakeMs).toBe(30_000);
});
