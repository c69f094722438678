import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredRecord, StreamId } from '#gateway/model/message.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { compileShaper } from '#gateway/sinks/shape/compile-shaper.ts';
import { FakeJournal } from '#gateway/sinks/testing/fake-journal.ts';
import { sampleRecord } from '#gateway/sinks/testing/sample-record.ts';
import { type Delivery, openDelivery } from './delivery.ts';
import { FakeDeadLetters } from './fake-dead-letters.ts';
import { type ConnectBehaviour, type FakePacket, FakeTarget, packetKey, type SendBehaviour } from './fake-target.ts';

// Brands are only types: these are slugs.
const LANES = ['alerts', 'control', 'telemetry'] as StreamId[];
const WINDOW = { maxEvents: 8, maxBytes: 60, ackTimeoutMs: 10_000 };
const POLICY = {
  window: WINDOW,
  retry: { firstDelayMs: 500, maxDelayMs: 8000 },
  connectTimeoutMs: 5000,
  pauseMs: 60_000,
  drainTimeoutMs: 1000,
  order: 'oldestFirst',
  urgentLanes: [],
  meteredLanes: [],
} as const;
/** So many failures, then the remote behaves: every run ends. */
const FAULT_BUDGET = 25;

/** A small generator of its own, so that one printed number replays a run [mulberry32]. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One sink against a hostile remote, with restarts, in virtual time. */
class Run {
  readonly clock = new FakeClock();
  readonly journal = new FakeJournal(LANES);
  readonly target = new FakeTarget(this.clock);
  readonly random: () => number;
  readonly violations: string[] = [];
  readonly letters = new FakeDeadLetters();
  /** How likely retention takes something from under the sink, at each burst. */
  lossProbability = 0;
  #faultsLeft = FAULT_BUDGET;
  #delivery: Delivery<FakePacket> | undefined;

  constructor(seed: number, faults: readonly SendBehaviour[]) {
    this.random = seededRandom(seed);
    const maxEventsPerSend = this.#pick([1, 1, 3]);
    const maxInFlightSends = this.#pick([1, 2, 5, 1000]);
    this.target.grant = { maxInFlightSends, maxPacketBytes: 1000, maxEventsPerSend };
    this.target.latencyMs = () => 5 + Math.floor(this.random() * 200);
    const connectFaults: ConnectBehaviour[] = ['refuse', 'unreachable', 'silent'];
    this.target.onConnect = () => this.#fault(0.3, connectFaults) ?? 'accept';
    this.target.onSend = () => this.#fault(0.08, faults) ?? 'accept';
  }

  async play(eventCount: number): Promise<void> {
    await this.#start();
    for (let made = 0; made < eventCount; ) {
      const burst = 1 + Math.floor(this.random() * 20);
      for (let index = 0; index < burst; index++, made++) this.#append();
      if (this.random() < this.lossProbability) this.#lose();
      await this.clock.advance(this.random() * 3000);
      if (this.random() < 0.1) this.#retryNow();
      if (this.random() < 0.05) await this.#restart();
    }
    for (let minutes = 0; minutes < 120 && !this.isDelivered; minutes++) await this.clock.advance(60_000);
    await this.#stop();
  }

  get isDelivered(): boolean {
    return this.expected.every((stored) => this.isAcknowledged(stored));
  }

  /** The event, or the news that it is lost. */
  isAcknowledged(stored: StoredRecord): boolean {
    if (this.target.acknowledged.has(packetKey(stored))) return true;
    return this.target.arrived.some(
      (packet) => covers(packet, stored) && this.target.acknowledged.has(packetKey(packet)),
    );
  }

  /** What passes the filter. */
  get expected() {
    return this.journal.streams.flatMap((stream) =>
      stream.records.filter((stored) => !stored.record.topic.startsWith('noise/')),
    );
  }

  async #start(): Promise<void> {
    const { clock, journal, target, random } = this;
    for (const lane of LANES) {
      const cursor = await journal.openCursor('hub', lane, 'oldest');
      cursor.onAdvance = (sequence, forwarded) => this.#checkCursor(lane, sequence, forwarded);
    }
    const shaper = compileShaper([{ topics: ['noise/#'], drop: true }]);
    const policy = { ...POLICY, random };
    const logger = new MemoryLogger();
    const options = {
      id: 'hub',
      target,
      journal,
      lanes: LANES,
      deadLetters: this.letters,
      from: 'oldest',
      shaper,
      policy,
      clock,
      logger,
    } as const;
    this.#delivery = await openDelivery(options);
  }

  /** Either the process dies, or it is stopped as it should be. */
  async #restart(): Promise<void> {
    const isCrash = this.random() < 0.5;
    if (isCrash) this.journal.crash();
    await this.#stop();
    await this.#start();
  }

  async #stop(): Promise<void> {
    const stopped = this.#delivery?.[Symbol.asyncDispose]();
    // Timers are set in whole milliseconds.
    await this.clock.advance(POLICY.drainTimeoutMs + 1);
    await stopped;
  }

  #retryNow(): void {
    const { state } = this.#delivery?.status() ?? {};
    if (state === 'waiting' || state === 'paused') this.#delivery?.retryNow();
  }

  #append(): void {
    const stream = this.journal.stream(this.#pick(LANES));
    const payload = Buffer.alloc(1 + Math.floor(this.random() * 30), (stream.syncedSequence % 10) + 48);
    const topic = this.random() < 0.3 ? 'noise/1' : 'devices/gps0/position';
    stream.append(sampleRecord({ topic, payload }));
  }

  #lose(): void {
    const stream = this.journal.stream(this.#pick(LANES));
    stream.lose(Math.floor(this.random() * stream.syncedSequence));
  }

  #checkCursor(stream: StreamId, sequence: number, forwarded: number): void {
    const covered = this.expected.filter((stored) => stored.stream === stream && stored.sequence <= sequence);
    const early = covered.find((stored) => !this.isAcknowledged(stored));
    if (early !== undefined) this.violations.push(`cursor at ${sequence} covers ${packetKey(early)}`);
    if (this.lossProbability > 0) return;
    if ((covered.at(-1)?.sequence ?? 0) !== forwarded) this.violations.push(`forwarded ${forwarded} at ${sequence}`);
  }

  #fault<T>(probability: number, faults: readonly T[]): T | undefined {
    if (this.#faultsLeft === 0 || this.random() >= probability) return undefined;
    this.#faultsLeft -= 1;
    return this.#pick(faults);
  }

  #pick<T>(choices: readonly T[]): T {
    const choice = choices[Math.floor(this.random() * choices.length)];
    if (choice === undefined) throw new RangeError('nothing to choose from');
    return choice;
  }
}

function covers({ stream, sequence, firstLost }: FakePacket, stored: StoredRecord): boolean {
  return stream === stored.stream && (firstLost ?? sequence) <= stored.sequence && stored.sequence <= sequence;
}

function firstOccurrences(packets: readonly FakePacket[], stream: StreamId): number[] {
  return [...new Set(packets.filter((packet) => packet.stream === stream).map((packet) => packet.sequence))];
}

const LINK_FAULTS: readonly SendBehaviour[] = ['lose-ack', 'cut-before', 'cut-after', 'stall', 'busy'];

function checkEverythingArrived(run: Run): void {
  const arrived = new Set(run.target.arrived.map(packetKey));
  const missing = run.expected.filter((stored) => !arrived.has(packetKey(stored)));
  const buried = new Set(run.letters.buried.map(({ stored }) => packetKey(stored)));
  expect(missing.filter((stored) => !buried.has(packetKey(stored)))).toEqual([]);
  expect(run.violations).toEqual([]);
  // The own window counts events and bytes; a single event larger than the window goes alone.
  expect(run.target.most.events).toBeLessThanOrEqual(WINDOW.maxEvents);
  expect(run.target.most.bytes).toBeLessThanOrEqual(WINDOW.maxBytes);
  expect(run.target.most.sends).toBeLessThanOrEqual(run.target.grant.maxInFlightSends);
  expect(run.target.openCount).toBe(0);
}

function checkRepeatsAndChain(run: Run): void {
  for (const stream of LANES) {
    const sequences = run.expected.filter((stored) => stored.stream === stream).map((stored) => stored.sequence);
    for (const packet of run.target.arrived.filter((arrived) => arrived.stream === stream)) {
      const index = sequences.indexOf(packet.sequence);
      expect(packet.prev).toBe(sequences[index - 1] ?? 0);
      const stored = run.journal.stream(stream).records[packet.sequence - 1];
      expect(packet.text).toBe(Buffer.from(stored?.record.payload ?? []).toString());
    }
  }
}

describe('a delivery loop against a remote that cuts, stalls, loses acknowledgements and refuses', () => {
  it('delivers every record at least once, in order by first occurrence, and no cursor ever leads [D1 D2 D4 D7 J10]', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const run = new Run(seed, LINK_FAULTS);
        await run.play(150);
        checkEverythingArrived(run);
        checkRepeatsAndChain(run);
        for (const stream of LANES) {
          const expected = run.expected.filter((stored) => stored.stream === stream).map((stored) => stored.sequence);
          expect(firstOccurrences(run.target.arrived, stream)).toEqual(expected);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('delivers every record or says that it is lost, closes the chain with that, and no cursor ever leads [D1 D9 J10]', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const run = new Run(seed, LINK_FAULTS);
        run.lossProbability = 0.3;
        await run.play(150);
        expect(run.expected.filter((stored) => !run.target.arrived.some((packet) => covers(packet, stored)))).toEqual(
          [],
        );
        expect(run.violations).toEqual([]);
        for (const packet of run.target.arrived) {
          // Between an event and the one that it names as its predecessor nothing was to be forwarded.
          const between = run.expected.filter(({ stream, sequence }) => {
            return (
              stream === packet.stream && packet.prev < sequence && sequence < (packet.firstLost ?? packet.sequence)
            );
          });
          expect(between).toEqual([]);
        }
      }),
      { numRuns: 200 },
    );
  });
});
