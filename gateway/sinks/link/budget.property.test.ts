import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAllowed } from './allowance.ts';
import { allowanceOf, type BudgetPolicy, type BudgetState, bytesToCover, startBudget, stepBudget } from './budget.ts';
import { type DayLedger, NEW_LEDGER, spendBytes } from './day-ledger.ts';
import { LinkCalendar } from './link-calendar.ts';
import { decodeLinkRecord, encodeLinkRecord } from './link-record.ts';

const MAX_BYTES = 30_000;
const RESERVE_BYTES = 10_000;
const MAX_PACKET = 4000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** One link through days, restarts and lost dates, held against what really went in each day. */
class World {
  readonly calendar: LinkCalendar;
  readonly policy: BudgetPolicy;
  /** The true time, which the gateway need not know. */
  nowMs = Date.UTC(2026, 9, 23, 17);
  state: BudgetState = startBudget(NEW_LEDGER);
  #elapsedMs = this.state.ledger.elapsedMs;
  /** Of the start of the host under way, which goes on while the gateway is away. */
  #bootId = 0;
  #bootMs = 0;
  #durable: Uint8Array = this.#record(NEW_LEDGER);
  #inWriting: Uint8Array | undefined;
  readonly #inFlight: number[] = [];
  readonly days = new Map<number, { bytes: number; overhead: number; others: number }>();
  sentCount = 0;

  constructor(timeZone: string, startsAtMinute: number) {
    this.calendar = new LinkCalendar(timeZone, startsAtMinute);
    this.policy = {
      ...{ maxBytesPerSecond: undefined, maxEventsPerSecond: undefined },
      ...{ maxBytesPerDay: MAX_BYTES, reserveBytes: RESERVE_BYTES, calendar: this.calendar },
    };
  }

  hear(event: Parameters<typeof stepBudget>[3]): void {
    this.state = stepBudget(this.policy, this.state, this.#elapsedMs, event);
  }

  pass(ms: number): void {
    this.nowMs += ms;
    this.#bootMs += ms;
    this.#elapsedMs += ms;
  }

  /** The date is told, and believed. @param byMs how wrong it is */
  learn(byMs = 0): void {
    this.hear({ kind: 'time', wallMs: Math.max(0, this.nowMs + byMs) });
  }

  send(size: number, isUrgent: boolean): boolean {
    this.hear({ kind: 'time' });
    this.cover(size);
    const allowance = allowanceOf(this.policy, this.state, this.#elapsedMs, 'normal');
    if (allowance.mode === 'off' || !isAllowed(allowance, isUrgent, 0, 0, size)) return false;
    this.hear({ kind: 'charge', bytes: size, events: 1 });
    this.#inFlight.push(size);
    if (!isUrgent) this.#today().others += size;
    this.sentCount++;
    return true;
  }

  /** What is in flight goes over the wire, with something on top, and is answered. */
  carry(overhead: number): void {
    this.#carryBytes(overhead);
    this.#today().overhead += overhead;
    for (const size of this.#inFlight.splice(0)) {
      this.#carryBytes(size);
      this.hear({ kind: 'settle', bytes: size });
    }
  }

  cover(wantedBytes: number): void {
    const aheadBytes = bytesToCover(this.policy, this.state, wantedBytes);
    if (aheadBytes === undefined) return;
    this.hear({ kind: 'save', aheadBytes });
    this.#inWriting = this.#record(spendBytes(this.state.ledger, aheadBytes));
  }

  saved(isWell: boolean): void {
    if (this.#inWriting === undefined) return;
    if (isWell) this.#durable = this.#inWriting;
    this.#inWriting = undefined;
    this.hear({ kind: isWell ? 'saved' : 'saveFailed' });
  }

  /** The power fails, before or after what is being written. What was in flight went, as far as anybody knows. */
  cut(offMs: number, isWritten: boolean): void {
    this.#bootId++;
    this.#bootMs = 0;
    this.kill(offMs, isWritten);
  }

  /** The process is killed, and another takes its place, while the host runs on. */
  kill(awayMs: number, isWritten: boolean): void {
    for (const size of this.#inFlight.splice(0)) this.#today().bytes += size;
    if (isWritten && this.#inWriting !== undefined) this.#durable = this.#inWriting;
    this.#inWriting = undefined;
    this.nowMs += awayMs + 1;
    this.#bootMs += awayMs + 1;
    const record = decodeLinkRecord(this.#durable);
    if (record === undefined) throw new Error('The record is not one.');
    const { boot, ledger } = record;
    this.state = startBudget(ledger, boot?.id === `${this.#bootId}` ? this.#bootMs - boot.atMs : undefined);
    this.#elapsedMs = this.state.ledger.elapsedMs;
  }

  #record(ledger: DayLedger): Uint8Array {
    const boot = { id: `${this.#bootId}`, atMs: this.#bootMs };
    return encodeLinkRecord({ ledger, boot, override: undefined, told: undefined, wireShares: new Map() });
  }

  #carryBytes(size: number): void {
    this.#today().bytes += size;
    this.hear({ kind: 'meter', sentBytes: size, receivedBytes: 0 });
  }

  #today() {
    const { fromMs } = this.calendar.dayOf(this.nowMs);
    const found = this.days.get(fromMs) ?? { bytes: 0, overhead: 0, others: 0 };
    this.days.set(fromMs, found);
    return found;
  }
}

const size = fc.integer({ min: 1, max: MAX_PACKET });
/** Often some minutes, sometimes most of a day or some days. */
const duration = fc.oneof(
  fc.integer({ min: 0, max: 40 * MINUTE }),
  fc.integer({ min: 0, max: 23 * HOUR }),
  fc.integer({ min: 20 * HOUR, max: 70 * HOUR }),
);
const operation = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('send' as const), size, isUrgent: fc.boolean() }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('carry' as const), overhead: fc.integer({ min: 0, max: 50 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('rush' as const), size, isUrgent: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('saved' as const), isWell: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: duration }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('learn' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('cut' as const), offMs: duration, isWritten: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('kill' as const), offMs: duration, isWritten: fc.boolean() }) },
);
/** A date that is hours or decades off. */
const lie = fc.record({
  do: fc.constant('lie' as const),
  byMs: fc.oneof(fc.integer({ min: -DAY, max: DAY }), fc.integer({ min: -60 * 365 * DAY, max: 20 * 365 * DAY })),
});
const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'Australia/Lord_Howe', 'America/New_York');
const history = fc.array(operation, { minLength: 10, maxLength: 60 });
const historyOfLies = fc.array(fc.oneof({ weight: 8, arbitrary: operation }, lie), { minLength: 10, maxLength: 60 });

function play(
  world: World,
  operations: readonly (typeof historyOfLies extends fc.Arbitrary<readonly (infer T)[]> ? T : never)[],
): void {
  for (const each of operations) {
    switch (each.do) {
      case 'send':
        world.send(each.size, each.isUrgent);
        break;
      case 'rush':
        for (let count = 0; count < 12; count++) {
          world.send(each.size, each.isUrgent);
          world.carry(0);
          world.saved(true);
        }
        break;
      case 'carry':
        world.carry(each.overhead);
        break;
      case 'saved':
        world.saved(each.isWell);
        break;
      case 'pass':
        world.carry(0);
        world.pass(each.ms);
        break;
      case 'learn':
        world.learn();
        break;
      case 'cut':
        world.cut(each.offMs, each.isWritten);
        break;
      case 'kill':
        world.kill(each.offMs, each.isWritten);
        break;
      case 'lie':
        world.learn(each.byMs);
        break;
    }
  }
  world.carry(0);
}

describe('the budget of a day [D8]', () => {
  it('holds over power cuts, lost dates and days that begin meanwhile, and leaves its reserve to urgent lanes', () => {
    fc.assert(
      fc.property(zone, fc.integer({ min: 0, max: 1439 }), history, (timeZone, startsAt, operations) => {
        const world = new World(timeZone, startsAt);
        play(world, operations);
        for (const { bytes, overhead, others } of world.days.values()) {
          expect(bytes).toBeLessThanOrEqual(MAX_BYTES + MAX_PACKET + overhead);
          expect(others).toBeLessThanOrEqual(MAX_BYTES - RESERVE_BYTES);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is there again after at most 26 hours of running, with a date or without one, whatever was said to be the date', () => {
    fc.assert(
      fc.property(zone, historyOfLies, fc.boolean(), (timeZone, operations, isDateKnown) => {
        const world = new World(timeZone, 0);
        play(world, operations);
        const before = world.sentCount;
        for (let minutes = 0; minutes < 26 * 60 && world.sentCount === before; minutes += 10) {
          world.pass(10 * MINUTE);
          if (isDateKnown) world.learn();
          world.send(100, false);
          world.saved(true);
        }
        expect(world.sentCount).toBe(before + 1);
      }),
      { numRuns: 200 },
    );
  });

  it('is granted at most twice in 22 hours while the host runs, whatever the date is said to be and however often the process is killed', () => {
    const date = fc.integer({ min: 0, max: Date.UTC(2040, 0) });
    const step = fc.record({
      passMs: fc.integer({ min: 0, max: 3 * HOUR }),
      date: fc.option(date, { nil: undefined }),
      awayMs: fc.option(fc.integer({ min: 0, max: 3 * HOUR }), { nil: undefined }),
    });
    fc.assert(
      fc.property(zone, fc.array(step, { minLength: 10, maxLength: 40 }), (timeZone, steps) => {
        const world = new World(timeZone, 0);
        const sends: { readonly atMs: number; readonly bytes: number }[] = [];
        for (const each of steps) {
          world.pass(each.passMs);
          if (each.awayMs !== undefined) world.kill(each.awayMs, true);
          world.hear({ kind: 'time', ...(each.date === undefined ? {} : { wallMs: each.date }) });
          for (let tries = 0; tries < 10; tries++) {
            if (world.send(MAX_PACKET, true)) sends.push({ atMs: world.nowMs, bytes: MAX_PACKET });
            world.carry(0);
            world.saved(true);
          }
        }
        for (const { atMs } of sends) {
          const within = sends.filter((other) => other.atMs >= atMs && other.atMs < atMs + 22 * HOUR);
          const bytes = within.reduce((sum, other) => sum + other.bytes, 0);
          expect(bytes).toBeLessThanOrEqual(2 * (MAX_BYTES + MAX_PACKET));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('is given a day early at most once by dates up to a day ahead, however often the host restarts', () => {
    const step = fc.record({
      passMs: fc.oneof(fc.integer({ min: 0, max: 30 * MINUTE }), fc.integer({ min: 0, max: 3 * HOUR })),
      offMs: fc.option(fc.integer({ min: 0, max: 40 * MINUTE }), { nil: undefined }),
      byMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: DAY }), fc.integer({ min: 20 * HOUR, max: DAY })),
    });
    fc.assert(
      fc.property(zone, fc.array(step, { minLength: 10, maxLength: 25 }), (timeZone, steps) => {
        const world = new World(timeZone, 0);
        const first = world.calendar.dayOf(world.nowMs);
        world.learn();
        world.send(MAX_PACKET, true);
        world.saved(true);
        for (const { passMs, offMs, byMs } of steps) {
          world.pass(passMs);
          if (offMs !== undefined) world.cut(offMs, true);
          world.learn(byMs);
          for (let tries = 0; tries < 10; tries++) {
            world.send(MAX_PACKET, true);
            world.carry(0);
            world.saved(true);
          }
        }
        const total = [...world.days.values()].reduce((sum, { bytes }) => sum + bytes, 0);
        const days = Math.round((world.calendar.dayOf(world.nowMs).fromMs - first.fromMs) / DAY) + 1;
        expect(total).toBeLessThanOrEqual((days + 1) * (MAX_BYTES + MAX_PACKET));
      }),
      { numRuns: 100 },
    );
  });
});
