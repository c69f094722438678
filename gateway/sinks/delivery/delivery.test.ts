import { describe, expect, it } from 'vitest';
import { WaystationError } from '#gateway/model/errors.ts';
import type { Stamp } from '#gateway/model/message.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { compileShaper } from '#gateway/sinks/shape/compile-shaper.ts';
import { FakeJournal } from '#gateway/sinks/testing/fake-journal.ts';
import { sampleRecord } from '#gateway/sinks/testing/sample-record.ts';
import { type DeliveryOptions, openDelivery } from './delivery.ts';
import { FakeDeadLetters } from './fake-dead-letters.ts';
import { type FakePacket, FakeTarget } from './fake-target.ts';
import { BURY_RETRY_MS } from './settle.ts';
import type { OutgoingEvent } from './target.ts';
import { ALERTS, TELEMETRY } from './timeline.ts';

/** One sink with everything around it, in virtual time. */
async function open(options: Partial<DeliveryOptions<FakePacket>> & { readonly target?: FakeTarget } = {}) {
  const clock = options.clock instanceof FakeClock ? options.clock : new FakeClock();
  const target = options.target ?? new FakeTarget(clock);
  const journal = options.journal instanceof FakeJournal ? options.journal : new FakeJournal([ALERTS, TELEMETRY]);
  const logger = new MemoryLogger();
  const letters = options.deadLetters instanceof FakeDeadLetters ? options.deadLetters : new FakeDeadLetters();
  const delivery = await openDelivery({
    id: 'hub',
    lanes: [ALERTS, TELEMETRY],
    from: 'oldest',
    shaper: compileShaper([{ topics: ['noise/#'], drop: true }]),
    policy: {
      window: { maxEvents: 10, maxBytes: 10_000, ackTimeoutMs: 10_000 },
      retry: { firstDelayMs: 1000, maxDelayMs: 60_000 },
      connectTimeoutMs: 5000,
      pauseMs: 60_000,
      drainTimeoutMs: 3000,
      timeoutCode: 'hub.timeout' as const,
      order: 'oldestFirst',
      urgentLanes: [],
      meteredLanes: [],
      random: () => 0.5,
    },
    ...options,
    target,
    journal,
    deadLetters: letters,
    clock,
    logger,
  });
  return { clock, target, journal, delivery, logger, letters };
}

/** What is under way gets its turn before time moves on. */
async function pass(clock: FakeClock, durationMs: number): Promise<void> {
  await clock.advance(0);
  await clock.advance(durationMs);
}

function append(journal: FakeJournal, count: number, topic = 'sensors/tyre/1', stamp = sampleRecord().stamp): void {
  for (let index = 0; index < count; index++) journal.stream(TELEMETRY).append(sampleRecord({ topic, stamp }));
}

describe('a delivery loop', () => {
  it('tells in the lane what is gone, once, and moves the cursor when that is acknowledged [D9]', async () => {
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    append(journal, 6);
    journal.stream(TELEMETRY).lose(4);
    const { clock, target, delivery } = await open({ journal });
    target.onSend = ([packet]) => (packet?.firstLost === undefined ? 'accept' : 'busy');
    await pass(clock, 100);
    expect(journal.cursors.get('hub/telemetry')?.acknowledgedSequence).toBe(0);
    expect(delivery.status().lanes[1]).toEqual({
      stream: TELEMETRY,
      acknowledgedSequence: 0,
      backlogCount: 2,
      isDrained: false,
      lost: 4,
    });
    target.onSend = () => 'accept';
    await pass(clock, 2000);
    expect(target.arrived).toMatchObject([
      { sequence: 4, firstLost: 1, prev: 0 },
      { sequence: 5, prev: 4 },
      { sequence: 6, prev: 5 },
    ]);
    const epoch = journal.stream(TELEMETRY).epoch;
    expect(JSON.parse(target.arrived[0]?.text ?? '')).toEqual({
      type: 'gateway.lost',
      version: 1,
      clock: 'none',
      data: { stream: 'telemetry', epoch, from: 1, to: 4, reason: 'quota' },
    });
    expect(delivery.status().lanes[1]).toEqual({
      stream: TELEMETRY,
      acknowledgedSequence: 6,
      backlogCount: 0,
      isDrained: true,
      lostCount: 4,
    });
    await delivery[Symbol.asyncDispose]();
  });

  it('tells what is gone behind the last record, whatever the filter [D9]', async () => {
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    append(journal, 3, 'noise/1');
    journal.stream(TELEMETRY).lose(3);
    const { clock, target, delivery } = await open({ journal });
    await pass(clock, 100);
    expect(target.arrived).toMatchObject([{ sequence: 3, firstLost: 1 }]);
    await delivery[Symbol.asyncDispose]();
  });

  it('prepares anew what it had prepared when the time becomes known, and sends it once [S5 D2]', async () => {
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    const stamp: Stamp = { wallMs: 5000, monotonicMs: 1000, clockRun: '00000000000000c1', quality: 'none' };
    journal.markClock({ kind: 'start', stamp });
    const clock = new FakeClock();
    const times: (number | undefined)[] = [];
    const target = new (class extends FakeTarget {
      override prepare(event: OutgoingEvent): FakePacket {
        times.push('unixMs' in event.accepted ? event.accepted.unixMs : undefined);
        return super.prepare(event);
      }
    })(clock);
    append(journal, 5, 'devices/count', stamp);
    target.onConnect = () => 'unreachable';
    const { delivery } = await open({ journal, clock, target });
    await pass(clock, 100);
    expect(times).toEqual([undefined, undefined, undefined, undefined, undefined]);
    const wallMs = Date.UTC(2026, 10, 21);
    journal.markClock({ kind: 'anchor', stamp: { ...stamp, monotonicMs: 3000, wallMs, quality: 'gnss' } });
    target.onConnect = () => 'accept';
    await pass(clock, 5000);
    expect(times.slice(5)).toEqual(Array.from({ length: 5 }, () => wallMs - 2000));
    expect(target.arrived.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
    await delivery[Symbol.asyncDispose]();
  });

  it('delivers what was there before it, and wakes up for what is appended later', async () => {
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    append(journal, 30);
    const { clock, target, delivery } = await open({ journal });
    await pass(clock, 1000);
    append(journal, 1, 'noise/1');
    append(journal, 2);
    await pass(clock, 100);
    expect(target.arrived.map((packet) => packet.sequence)).toEqual([...Array(30).keys(), 31, 32].map((n) => n + 1));
    expect(target.arrived.at(-2)).toMatchObject({ sequence: 32, prev: 30 });
    expect(delivery.status()).toMatchObject({
      state: 'online',
      filteredCount: 1,
      lanes: [{ stream: ALERTS }, { stream: TELEMETRY, acknowledgedSequence: 33, backlogCount: 0 }],
    });
  });

  it('counts what its conditions left out for want of a field, once, by rule', async () => {
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    append(journal, 5);
    const shaper = compileShaper([
      { topics: ['#'], when: 'exists(data.x) or $ != 0' },
      { topics: ['sensors/#'], when: 'data.sped > 5' },
    ]);
    const { clock, delivery } = await open({ journal, shaper });
    await pass(clock, 100);
    expect(delivery.status()).toMatchObject({
      filteredCount: 5,
      conditions: [{ ruleIndex: 1, leftOutCount: 5, undecidedCount: 5 }],
    });
  });

  it('forwards after a restart what it would have without, by what the filter remembered [J10]', async () => {
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    const level = (text: string) => sampleRecord({ topic: 'sensors/level', payload: Buffer.from(text) });
    const shaper = compileShaper([{ topics: ['sensors/level'], onChange: true }]);
    for (const text of ['1', '1', '2']) journal.stream(TELEMETRY).append(level(text));
    const before = await open({ journal, shaper });
    await pass(before.clock, 100);
    await before.delivery[Symbol.asyncDispose]();
    journal.crash();
    for (const text of ['2', '3']) journal.stream(TELEMETRY).append(level(text));
    const after = await open({ journal, shaper });
    await pass(after.clock, 100);
    expect(before.target.arrived.map(({ sequence }) => sequence)).toEqual([1, 3]);
    expect(after.target.arrived).toMatchObject([{ sequence: 5, prev: 3 }]);
  });

  it('begins at the end of the stream when told so', async () => {
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    append(journal, 5);
    const { clock, target } = await open({ journal, from: 'now' });
    append(journal, 1);
    await pass(clock, 100);
    expect(target.arrived).toMatchObject([{ sequence: 6, prev: 0 }]);
  });

  it('opens although the remote is unreachable, and holds no more than two windows of a backlog', async () => {
    const clock = new FakeClock();
    let preparedCount = 0;
    class CountingTarget extends FakeTarget {
      override prepare(event: Parameters<FakeTarget['prepare']>[0]): FakePacket {
        preparedCount += 1;
        return super.prepare(event);
      }
    }
    const target = new CountingTarget(clock);
    target.onConnect = () => 'unreachable';
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    append(journal, 5000);
    const { delivery, logger } = await open({ clock, target, journal });
    await pass(clock, 600_000);
    expect(preparedCount).toBeLessThanOrEqual(20);
    expect(delivery.status()).toMatchObject({
      state: 'waiting',
      lastError: expect.stringMatching(/^hub.unreachable/),
      connectCount: 0,
      lanes: [{ backlogCount: 0 }, { backlogCount: 5000 }],
    });
    expect(target.attemptCount).toBeGreaterThan(15);
    expect(logger.lines).toContainEqual(expect.objectContaining({ level: 'warn', text: 'Not connected.' }));
  });

  it('is untouched by the trouble of another [D3]', async () => {
    const clock = new FakeClock();
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    const stalled = new FakeTarget(clock);
    stalled.onSend = () => 'stall';
    const broken = await open({ clock, journal, target: stalled, id: 'broken' });
    const healthy = await open({ clock, journal, id: 'healthy' });
    append(journal, 100);
    await pass(clock, 1000);
    expect(healthy.delivery.status()).toMatchObject({ state: 'online', acknowledgedCount: 100, resentCount: 0 });
    expect(broken.delivery.status()).toMatchObject({ acknowledgedCount: 0, inFlightCount: 10 });
    await pass(clock, 9100);
    expect(broken.delivery.status()).toMatchObject({ lastError: expect.stringMatching(/^hub.timeout/) });
  });

  it('goes on reading when the journal has failed for a while', async () => {
    const journal = new FakeJournal([ALERTS, TELEMETRY]);
    journal.stream(TELEMETRY).failingReads = 3;
    append(journal, 3);
    const { clock, target, logger } = await open({ journal });
    await pass(clock, 5000);
    expect(target.arrived).toHaveLength(3);
    expect(logger.lines.filter((line) => line.level === 'error')).toHaveLength(3);
  });

  it('says what a person must do when the login is refused, and tries again slowly', async () => {
    const clock = new FakeClock();
    const target = new FakeTarget(clock);
    target.onConnect = () => 'refuse';
    const { delivery, logger } = await open({ clock, target });
    await pass(clock, 10_000);
    expect(target.attemptCount).toBe(1);
    expect(delivery.status()).toMatchObject({ state: 'paused', lastError: expect.stringMatching(/credentials/) });
    expect(logger.lines).toContainEqual(
      expect.objectContaining({ level: 'error', fields: expect.objectContaining({ retryInMs: 45_000 }) }),
    );
    target.onConnect = () => 'accept';
    await pass(clock, 45_000);
    expect(delivery.status().state).toBe('online');
  });

  it('buries what the remote refuses, tells it in its place, and goes on [D6 D9]', async () => {
    const { clock, target, delivery, journal, letters } = await open();
    target.onSend = ([packet]) => (packet?.text === 'bad' ? 'reject' : 'accept');
    journal.stream(TELEMETRY).append(sampleRecord({ payload: Buffer.from('bad') }));
    append(journal, 1);
    await pass(clock, 100);
    expect(letters.buried).toMatchObject([{ sink: 'hub', stored: { sequence: 1 }, attempts: 1 }]);
    expect(target.arrived.filter(({ stream }) => stream === TELEMETRY)).toMatchObject([
      { sequence: 2, prev: 1 },
      { sequence: 1, firstLost: 1, prev: 0 },
    ]);
    expect(JSON.parse(target.arrived.at(-1)?.text ?? '')).toMatchObject({
      type: 'gateway.lost',
      data: { from: 1, to: 1, reason: 'deadLettered' },
    });
    expect(delivery.status()).toMatchObject({
      state: 'online',
      deadLetteredCount: 1,
      lanes: [{}, { acknowledgedSequence: 2, isDrained: true }],
    });
  });

  it('holds the lane, visibly, while the dead letters take nothing [D6 J10]', async () => {
    const clock = new FakeClock();
    const target = new FakeTarget(clock);
    target.grant = { maxInFlightSends: 10, maxPacketBytes: 100, maxEventsPerSend: 1 };
    const { delivery, journal, letters, logger } = await open({ clock, target });
    letters.failure = new WaystationError('journal.full', 'Writing a dead letter: the disk is full.');
    journal.stream(TELEMETRY).append(sampleRecord({ payload: Buffer.alloc(101) }));
    await pass(clock, 100);
    expect(delivery.status()).toMatchObject({
      state: 'paused',
      lastError: expect.stringMatching(/^journal.full/),
      lanes: [{}, { acknowledgedSequence: 0, backlogCount: 1 }],
    });
    expect(logger.lines.filter((line) => line.text === 'A lane waits at an event.')).toHaveLength(1);
    letters.failure = undefined;
    await pass(clock, BURY_RETRY_MS);
    expect(delivery.status()).toMatchObject({ state: 'online', lanes: [{}, { acknowledgedSequence: 1 }] });
    expect(letters.buried[0]?.error.message).toMatch(/takes 101 bytes/);
  });

  it('tries again what a person wants tried again, behind all else, without telling of it twice [D6]', async () => {
    const letters = new FakeDeadLetters();
    const { clock, target, journal, delivery } = await open({ deadLetters: letters });
    target.onSend = ([packet]) => (packet?.text === 'bad' ? 'reject' : 'accept');
    append(journal, 1);
    letters.queue.redrive({
      stream: TELEMETRY,
      epoch: journal.stream(TELEMETRY).epoch,
      sequence: 77,
      record: sampleRecord(),
    });
    const bad = sampleRecord({ payload: Buffer.from('bad') });
    letters.queue.redrive({ stream: TELEMETRY, epoch: journal.stream(TELEMETRY).epoch, sequence: 78, record: bad });
    await pass(clock, 100);
    expect(target.arrived.map(({ sequence, isReplayed }) => [sequence, isReplayed])).toEqual([
      [1, false],
      [77, true],
    ]);
    expect(letters.buried).toMatchObject([{ stored: { sequence: 78 } }]);
    expect(letters.queue.acknowledgedSequence).toBe(2);
    expect(delivery.status().lanes).toHaveLength(2);
  });
});

describe('retryNow', () => {
  it('connects at once, and says what there is to end when there is nothing', async () => {
    const clock = new FakeClock();
    const target = new FakeTarget(clock);
    target.onConnect = () => 'refuse';
    const { delivery } = await open({ clock, target });
    await pass(clock, 100);
    expect(delivery.status().state).toBe('paused');
    target.onConnect = () => 'accept';
    delivery.retryNow();
    expect(() => delivery.retryNow()).toThrow('Trying hub now: it is connecting');
    await pass(clock, 100);
    expect(delivery.status().state).toBe('online');
    expect(() => delivery.retryNow()).toThrow('Trying hub now: it is online');
    await delivery[Symbol.asyncDispose]();
    expect(() => delivery.retryNow()).toThrow('it is stopped');
  });
});

describe('closing a delivery loop', () => {
  it('waits for what is in flight, then saves the cursor [J10]', async () => {
    const { clock, target, journal, delivery } = await open();
    append(journal, 5);
    await clock.advance(0);
    expect(delivery.status().inFlightCount).toBe(5);
    const closing = delivery[Symbol.asyncDispose]();
    await pass(clock, 20);
    await closing;
    await delivery[Symbol.asyncDispose]();
    expect(delivery.status()).toMatchObject({ state: 'stopped', acknowledgedCount: 5 });
    expect(journal.cursors.get('hub/telemetry')?.persisted.acknowledgedSequence).toBe(5);
    expect(target.openCount).toBe(0);
    expect(clock.timerCount).toBe(0);
  });

  it('takes a bounded time when the remote is silent, and keeps the cursor where it was', async () => {
    const { clock, target, journal, delivery } = await open();
    target.onSend = () => 'stall';
    append(journal, 5);
    await clock.advance(0);
    const closing = delivery[Symbol.asyncDispose]();
    await pass(clock, 3000);
    await closing;
    expect(journal.cursors.get('hub/telemetry')?.persisted.acknowledgedSequence).toBe(0);
  });

  it('gives an attempt to connect up', async () => {
    const clock = new FakeClock();
    const target = new FakeTarget(clock);
    target.onConnect = () => 'silent';
    const { delivery } = await open({ clock, target });
    await delivery[Symbol.asyncDispose]();
    expect(delivery.status().state).toBe('stopped');
    expect(clock.timerCount).toBe(0);
  });
});
