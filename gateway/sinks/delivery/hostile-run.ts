import type { SequenceRange } from '#gateway/journal/journal.ts';
import type { StoredRecord, StreamId } from '#gateway/model/message.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { compileShaper } from '#gateway/sinks/shape/compile-shaper.ts';
import type { FilterRule } from '#gateway/sinks/shape/filter-rule.ts';
import { FakeJournal } from '#gateway/sinks/testing/fake-journal.ts';
import { sampleRecord } from '#gateway/sinks/testing/sample-record.ts';
import { type Delivery, openDelivery } from './delivery.ts';
import type { DeliveryOrder } from './delivery-state.ts';
import { FakeDeadLetters } from './fake-dead-letters.ts';
import { FakeLink } from './fake-link.ts';
import { type ConnectBehaviour, type FakePacket, FakeTarget, packetKey, type SendBehaviour } from './fake-target.ts';

// Brands are only types: these are slugs.
export const LANES = ['alerts', 'control', 'telemetry'] as StreamId[];
export const WINDOW = { maxEvents: 8, maxBytes: 60, ackTimeoutMs: 10_000 };
const POLICY = {
  window: WINDOW,
  urgentLanes: LANES.slice(0, 1),
  meteredLanes: LANES.slice(0, 2),
  retry: { firstDelayMs: 500, maxDelayMs: 8000 },
  connectTimeoutMs: 5000,
  pauseMs: 60_000,
  drainTimeoutMs: 1000,
  timeoutCode: 'hub.timeout' as const,
};
const BATCH = { maxEvents: 3, maxBytes: 60, maxAgeMs: 2000 };
/** Bytes a second: about one batch, and less than most events. The seeds that found something were played over the first. */
const LINK_RATES = [40, 40, 7];
const LINK_FAULTS: readonly SendBehaviour[] = ['lose-ack', 'cut-before', 'cut-after', 'stall', 'busy'];
const CONNECT_FAULTS: readonly ConnectBehaviour[] = ['refuse', 'unreachable', 'silent'];
/** So many failures, then the remote behaves: every run ends. */
const FAULT_BUDGET = 25;

/** What may go wrong beside the remote. */
export interface HostileChoices {
  readonly order: DeliveryOrder;
  readonly filter: readonly FilterRule[];
  /** How likely an event is one that the remote will never take. */
  readonly poison?: number;
  /** How likely retention takes something from under the sink, at each burst. */
  readonly loss?: number;
  readonly hasLink?: boolean;
  /** Its process is killed as well as stopped. */
  readonly isKilled?: boolean;
}

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
export class HostileRun {
  readonly clock = new FakeClock();
  readonly journal = new FakeJournal(LANES);
  readonly target = new FakeTarget(this.clock);
  readonly letters = new FakeDeadLetters();
  readonly link: FakeLink | undefined;
  readonly violations: string[] = [];
  readonly random: () => number;
  readonly choices: HostileChoices;
  readonly #batch: typeof BATCH | undefined;
  #faultsLeft = FAULT_BUDGET;
  #delivery: Delivery<FakePacket> | undefined;

  constructor(seed: number, choices: HostileChoices) {
    this.random = seededRandom(seed);
    this.choices = choices;
    this.#batch = this.random() < 0.5 ? BATCH : undefined;
    const maxEventsPerSend = this.#pick([1, 1, 3]);
    const maxInFlightSends = this.#pick([1, 2, 5, 1000]);
    this.target.grant = { maxInFlightSends, maxPacketBytes: 1000, maxEventsPerSend };
    this.target.latencyMs = () => 5 + Math.floor(this.random() * 200);
    this.target.onConnect = () => this.#fault(0.3, CONNECT_FAULTS) ?? 'accept';
    this.target.onSend = (batch) => this.#receive(batch);
    this.target.isPoison = ({ text }) => isPoison(text);
    this.target.namesPoison = this.random() < 0.5;
    if (choices.hasLink) this.link = new FakeLink(this.clock, LINK_RATES[Math.abs(seed) % LINK_RATES.length] ?? 40);
  }

  async play(eventCount: number): Promise<void> {
    await this.#start();
    for (let made = 0; made < eventCount; ) {
      const burst = 1 + Math.floor(this.random() * 20);
      for (let index = 0; index < burst; index++, made++) this.#append();
      if (this.random() < (this.choices.loss ?? 0)) this.#lose();
      if (this.link && this.random() < 0.3) this.link.mode = this.#pick(['normal', 'normal', 'metered', 'off']);
      await this.clock.advance(this.random() * 3000);
      if (this.random() < 0.1) this.#retryNow();
      if (this.random() < 0.05) await this.#restart();
    }
    if (this.link) this.link.mode = 'normal';
    for (let minutes = 0; minutes < 120 && !this.isDrained; minutes++) await this.clock.advance(60_000);
    await this.#stop();
  }

  get isDrained(): boolean {
    return this.#delivery?.status().lanes.every((lane) => lane.isDrained) ?? false;
  }

  /** What no rule drops by its topic; what goes of that depends on what the filter remembers. */
  get candidates(): readonly StoredRecord[] {
    return this.journal.streams.flatMap((stream) => stream.records.filter(({ record }) => !isNoise(record.topic)));
  }

  /** It arrived, or that it is lost did, and the sender knows. */
  isAcknowledged(stored: StoredRecord): boolean {
    const { acknowledged, arrived } = this.target;
    if (acknowledged.has(packetKey(stored))) return true;
    return arrived.some((packet) => covers(packet, stored) && acknowledged.has(packetKey(packet)));
  }

  isBuried(stored: StoredRecord): boolean {
    return this.letters.buried.some((letter) => packetKey(letter.stored) === packetKey(stored));
  }

  /** Whether its topic had the same value before: then it may be left out. */
  isUnchanged({ stream, sequence, record }: StoredRecord): boolean {
    const before = this.journal
      .stream(stream)
      .records.findLast((other) => other.sequence < sequence && other.record.topic === record.topic);
    return before !== undefined && Buffer.from(before.record.payload).equals(record.payload);
  }

  async #start(): Promise<void> {
    const { clock, journal, target, random, letters, choices, link } = this;
    for (const lane of LANES) {
      const cursor = await journal.openCursor('hub', lane, 'oldest');
      cursor.onAdvance = (sequence, _, ranges) => {
        this.#checkCursor(lane, sequence, ranges);
        // The disk follows whenever it comes to it.
        if (random() < 0.1) void cursor.persist();
      };
    }
    const batch = this.#batch === undefined ? {} : { batch: this.#batch };
    this.#delivery = await openDelivery({
      ...{ id: 'hub', lanes: LANES, from: 'oldest', target, journal, link, clock, logger: new MemoryLogger() },
      shaper: compileShaper(choices.filter),
      policy: { ...POLICY, ...batch, order: choices.order, random },
      deadLetters: letters,
    });
  }

  /** Either the process dies, or it is stopped as it should be. */
  async #restart(): Promise<void> {
    if (this.choices.isKilled && this.random() < 0.5) this.journal.crash();
    await this.#stop();
    await this.#start();
  }

  async #stop(): Promise<void> {
    const stopped = this.#delivery?.[Symbol.asyncDispose]();
    // Timers are set in whole milliseconds.
    await this.clock.advance(POLICY.drainTimeoutMs + 1);
    await stopped;
  }

  #receive(batch: readonly FakePacket[]): SendBehaviour {
    const streams = batch.map(({ stream }) => stream);
    if (this.link?.mode === 'off') this.violations.push(`sent ${batch.map(packetKey)} over a link that is off`);
    if (this.link?.mode === 'metered' && streams.includes('telemetry'))
      this.violations.push(`sent ${batch.map(packetKey)} over a metered link`);
    return this.#fault(0.08, LINK_FAULTS) ?? 'accept';
  }

  #retryNow(): void {
    const { state } = this.#delivery?.status() ?? {};
    if (state === 'waiting' || state === 'paused') this.#delivery?.retryNow();
  }

  #append(): void {
    const stream = this.journal.stream(this.#pick(LANES));
    const topic = this.#pick(['noise/1', 'devices/gps0/position', 'sensors/level/1', 'sensors/level/2']);
    if (topic.startsWith('sensors/level')) {
      stream.append(sampleRecord({ topic, payload: Buffer.from(this.#pick(['1', '2', '3'])) }));
      return;
    }
    const mark = this.random() < (this.choices.poison ?? 0) ? 'X' : '';
    const digits = String(stream.syncedSequence % 10).repeat(1 + Math.floor(this.random() * 29));
    stream.append(sampleRecord({ topic, payload: Buffer.from(`${mark}${digits}`) }));
  }

  #lose(): void {
    const stream = this.journal.stream(this.#pick(LANES));
    stream.lose(Math.floor(this.random() * stream.syncedSequence));
  }

  #checkCursor(stream: StreamId, sequence: number, ranges: readonly SequenceRange[]): void {
    const isCovered = (candidate: StoredRecord) =>
      candidate.sequence <= sequence ||
      ranges.some(({ from, to }) => from <= candidate.sequence && candidate.sequence <= to);
    for (const candidate of this.candidates) {
      if (candidate.stream !== stream || !isCovered(candidate)) continue;
      if (this.isAcknowledged(candidate) || (this.remembers && this.isUnchanged(candidate))) continue;
      this.violations.push(`cursor at ${sequence} covers ${packetKey(candidate)}`);
    }
  }

  /** Whether what goes depends on what went before. */
  get remembers(): boolean {
    return this.choices.filter.some((rule) => rule.onChange !== undefined);
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

export function covers({ stream, sequence, firstLost }: FakePacket, stored: StoredRecord): boolean {
  return stream === stored.stream && (firstLost ?? sequence) <= stored.sequence && stored.sequence <= sequence;
}

/** By its payload, as text. */
export function isPoison(text: string): boolean {
  return text.startsWith('X');
}

function isNoise(topic: string): boolean {
  return topic.startsWith('noise/');
}
