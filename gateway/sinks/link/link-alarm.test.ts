import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { WaystationError } from '#gateway/model/errors.ts';
import type { Done, Message } from '#gateway/model/message.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { ALARM_INTERVAL_MS } from '#gateway/sinks/dead-letters/limits.ts';
import { LinkAlarm } from './link-alarm.ts';
import type { LinkConfig } from './link-config.ts';
import { listenForModes } from './link-methods.ts';
import type { LinkRecord } from './link-record.ts';
import { openLink } from './open-link.ts';
import { Links } from './open-links.ts';

const MiB = 2 ** 20;
const HOUR = 3_600_000;
const CONFIG: LinkConfig = {
  ...{ id: 'sim', mode: 'normal', schedule: [], dayStartsAt: 0, timeZone: 'UTC' },
  ...{ maxBytesPerDay: MiB, alertReserveBytes: 100_000 },
};

/** A gateway with one link, its card and its journal: it is started again and again. */
class World {
  readonly clock = new FakeClock(Date.UTC(2026, 10, 28, 12));
  readonly messages: Message[] = [];
  readonly memory = {
    found: 'none' as LinkRecord | 'none',
    save: async (record: LinkRecord) => {
      if (this.cardError !== undefined) throw this.cardError;
      this.memory.found = record;
    },
    close: async () => {},
  };
  journalError: WaystationError | undefined;
  isDateKnown = true;
  readonly logger = new MemoryLogger();
  /** The journal answers when it is told to. */
  held: Done[] | undefined;
  cardError: Error | undefined;

  start(config: Partial<LinkConfig> = {}) {
    const { clock, memory, logger } = this;
    const quality = () => (this.isDateKnown ? 'ntp' : 'none');
    const monotonicMs = () => clock.monotonicMs();
    const stamp = () =>
      ({ wallMs: clock.wallMs(), monotonicMs: monotonicMs(), clockRun: '0'.repeat(16), quality: quality() }) as const;
    const link = openLink({ config: { ...CONFIG, ...config }, memory, maxEventBytes: 1000, clock, stamp, logger });
    const publish = (message: Message, done: Done) => {
      this.messages.push(message);
      if (this.held === undefined) done(this.journalError);
      else this.held.push(done);
    };
    const alarm = new LinkAlarm({ links: [link], publisher: { publish }, clock, stamp, logger });
    const socket = Object.assign(new EventEmitter(), { bytesWritten: 0, bytesRead: 0 });
    // The meter uses nothing else of a socket.
    link.meter(socket as unknown as Socket);
    const carry = async (bytes: number) => {
      socket.bytesWritten += bytes;
      await clock.advance(1000);
    };
    /** The process is gone at once. */
    const kill = () => alarm[Symbol.dispose]();
    const stop = async () => {
      kill();
      await link[Symbol.asyncDispose]();
    };
    return { link, carry, kill, stop };
  }

  /** Hours in which the host sleeps, for they cost nothing to run through. */
  async pass(ms: number) {
    this.clock.sleep(ms);
    await this.clock.advance(2000);
  }

  get told() {
    return this.messages.map(({ topic, payload }) => ({ topic, ...JSON.parse(String(payload)).data }));
  }

  get topics() {
    return this.messages.map(({ topic }) => topic);
  }
}

it('tells of a day that runs low, is spent and begins anew, once each, with what went and what to do', async () => {
  const world = new World();
  const { carry, stop } = world.start();
  await carry(MiB - 120_000);
  for (let turn = 0; turn < 10; turn++) await carry(3000);
  await carry(MiB);
  await carry(5000);
  expect(world.topics).toEqual(['alerts/link.low', 'alerts/link.spent']);
  expect(world.told[0]).toEqual({
    ...{ topic: 'alerts/link.low', link: 'sim', mode: 'normal' },
    ...{ usedBytes: MiB - 120_000, sentBytes: MiB - 120_000, receivedBytes: 0 },
    ...{ maxBytesPerDay: MiB, alertReserveBytes: 100_000 },
    ...{ dayEndsInSeconds: 12 * 3600 - 1, dayEnds: '2026-11-29T00:00:00.000Z' },
    remedy: 'To last the day filter more in its sinks, or waystation links mode sim metered; or raise maxBytesPerDay.',
  });
  expect(world.told[1]?.remedy).toContain('raise maxBytesPerDay');
  expect(world.messages[0]).toMatchObject({ qos: 1, isRetained: false });
  await world.pass(12 * HOUR);
  expect(world.topics).toEqual(['alerts/link.low', 'alerts/link.spent', 'alerts/link.restored']);
  await stop();
  expect(world.clock.timerCount).toBe(0);
});

it.each(['kill', 'stop'] as const)('does not tell again in the same day after each %s', async (end) => {
  const world = new World();
  for (let start = 0; start < 5; start++) {
    const gateway = world.start();
    await gateway.carry(start === 0 ? MiB - 90_000 : 100);
    await gateway[end]();
  }
  expect(world.topics).toEqual(['alerts/link.low']);
  const { carry } = world.start();
  await carry(MiB);
  await world.pass(13 * HOUR);
  await carry(2 * MiB);
  expect(world.topics.slice(1)).toEqual(['alerts/link.spent', 'alerts/link.restored', 'alerts/link.spent']);
});

it('tells that there is enough again once the budget was raised, and of that one anew', async () => {
  const world = new World();
  const first = world.start();
  await first.carry(2 * MiB);
  await first.stop();
  const { carry } = world.start({ maxBytesPerDay: 20 * MiB });
  await carry(0);
  expect(world.topics).toEqual(['alerts/link.spent', 'alerts/link.restored']);
  await carry(20 * MiB);
  expect(world.topics.slice(2)).toEqual(['alerts/link.spent']);
});

it('tells once in 25 hours where nobody knows the date, and after a time without power by the date', async () => {
  const world = new World();
  world.isDateKnown = false;
  const first = world.start();
  await first.carry(2 * MiB);
  await world.pass(24 * HOUR);
  expect(world.topics).toEqual(['alerts/link.spent']);
  expect(world.told[0]).not.toHaveProperty('dayEnds');
  await world.pass(2 * HOUR);
  expect(world.topics).toEqual(['alerts/link.spent', 'alerts/link.restored']);
  world.isDateKnown = true;
  await first.carry(2 * MiB);
  await first.stop();
  world.clock.stepWall(world.clock.wallMs() + 30 * HOUR);
  const { carry } = world.start();
  await carry(2 * MiB);
  expect(world.topics.slice(2)).toEqual(['alerts/link.spent', 'alerts/link.restored', 'alerts/link.spent']);
});

it('tells again what the journal did not take, a minute later', async () => {
  const world = new World();
  world.journalError = new WaystationError('journal.full', 'The disk is full.');
  const { carry } = world.start();
  await carry(MiB - 90_000);
  for (let turn = 0; turn < 20; turn++) await carry(1000);
  expect(world.topics).toHaveLength(1);
  world.journalError = undefined;
  await world.clock.advance(3 * ALARM_INTERVAL_MS);
  expect(world.topics).toEqual(['alerts/link.low', 'alerts/link.low']);
});

it('tells of the next day anew, though the journal took its time over midnight', async () => {
  const world = new World();
  const { carry } = world.start();
  world.held = [];
  await carry(2 * MiB);
  await world.pass(13 * HOUR);
  const [done] = world.held;
  world.held = undefined;
  done?.();
  await carry(2 * MiB);
  expect(world.topics).toEqual(['alerts/link.spent', 'alerts/link.restored', 'alerts/link.spent']);
});

it('does not tell again after a kill what the card took late, though nothing more went', async () => {
  const world = new World();
  const { carry, kill } = world.start();
  await carry(0);
  world.cardError = new Error('the card is gone');
  await carry(2 * MiB);
  expect(world.topics).toEqual(['alerts/link.spent']);
  world.cardError = undefined;
  await world.clock.advance(12_000);
  kill();
  const next = world.start();
  await next.carry(0);
  expect(next.link.status()).toMatchObject({ state: 'spent' });
  expect(world.topics).toEqual(['alerts/link.spent']);
});

it('tells nothing more once it is closed', async () => {
  const world = new World();
  const { link, carry, kill } = world.start();
  world.held = [];
  await carry(MiB - 90_000);
  kill();
  world.held[0]?.(new WaystationError('journal.full', 'The disk is full.'));
  await link[Symbol.asyncDispose]();
  await world.clock.advance(2 * ALARM_INTERVAL_MS);
  expect(world.topics).toEqual(['alerts/link.low']);
  expect(world.clock.timerCount).toBe(0);
});

it('says when the day ends by the clocks of its time zone, also where days were told to begin at another hour', async () => {
  const world = new World();
  const berlin = { timeZone: 'Europe/Berlin', dayStartsAt: 4 * 60 };
  const first = world.start(berlin);
  await first.carry(MiB - 90_000);
  expect(world.told[0]).toMatchObject({ dayEnds: '2026-11-29T03:00:00.000Z' });
  await first.stop();
  // Days are to begin at 13:02 there, in two minutes; the one under way is eight hours old.
  const second = world.start({ ...berlin, dayStartsAt: 13 * 60 + 2 });
  await second.carry(MiB);
  expect(world.told[1]).toMatchObject({ topic: 'alerts/link.spent', dayEnds: '2026-11-29T12:02:00.000Z' });
  await world.pass(HOUR);
  expect(second.link.status()).toMatchObject({ state: 'spent' });
});

it('tells of two links apart', async () => {
  const world = new World();
  const sim = world.start();
  await sim.carry(2 * MiB);
  world.memory.found = 'none';
  const sat = world.start({ id: 'sat' });
  await sat.carry(2 * MiB);
  expect(world.told.map(({ link }) => link)).toEqual(['sim', 'sat']);
});

it.each([3000, 5000, 20_000])(
  'tells of a day of %i bytes twice at most, whatever its alarms take',
  async (maxBytesPerDay) => {
    const world = new World();
    const { carry } = world.start({ maxBytesPerDay, alertReserveBytes: 1000 });
    for (let turn = 0; turn < 100; turn++) await carry(400);
    expect(world.topics.length).toBeLessThanOrEqual(2);
    expect(world.topics.at(-1)).toBe('alerts/link.spent');
  },
);

it('answers a command once its mode is written down', async () => {
  const world = new World();
  const { link } = world.start();
  await world.clock.advance(1000);
  const written = Promise.withResolvers<void>();
  world.memory.save = async () => written.promise;
  let handle: (payload: Uint8Array) => Promise<string | undefined> = async () => undefined;
  listenForModes(new Links([link]), { listen: (_id, _name, handler) => (handle = handler) }, world.logger);
  let answer: string | undefined;
  const done = handle(Buffer.from('off')).then((mode) => {
    answer = mode;
  });
  await world.clock.advance(1000);
  expect(link.status().mode).toBe('off');
  expect(answer).toBeUndefined();
  written.resolve();
  await done;
  expect(answer).toBe('off');
});
