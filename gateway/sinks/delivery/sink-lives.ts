import type { Journal, JournalStream } from '#gateway/journal/journal.ts';
import { MemoryStorage } from '#gateway/journal/memory-storage.ts';
import { openTestJournal, seededRandom, TEST_DIRECTORY } from '#gateway/journal/open-test-journal.ts';
import type { StreamId } from '#gateway/model/message.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MemoryLogger } from '#gateway/runtime/memory-logger.ts';
import { compileShaper } from '#gateway/sinks/shape/compile-shaper.ts';
import { sampleRecord } from '#gateway/sinks/testing/sample-record.ts';
import { type Delivery, openDelivery } from './delivery.ts';
import type { DeliveryOrder } from './delivery-state.ts';
import { FakeDeadLetters } from './fake-dead-letters.ts';
import { type FakePacket, FakeTarget, type SendBehaviour } from './fake-target.ts';

// Brands are only types: these are slugs.
const LANES = ['alerts', 'telemetry'] as StreamId[];
const SINK = 'hub';
const QUOTA_BYTES = 65_536;
const SEGMENT_BYTES = 16_384;
const RECORD_BYTES = 600;
const POLICY = {
  window: { maxEvents: 8, maxBytes: 8 * RECORD_BYTES, ackTimeoutMs: 10_000 },
  retry: { firstDelayMs: 500, maxDelayMs: 8000 },
  ...{ urgentLanes: [], meteredLanes: [] },
  ...{ connectTimeoutMs: 5000, pauseMs: 60_000, drainTimeoutMs: 1000, timeoutCode: 'hub.timeout' as const },
};
const SEND_FAULTS: readonly SendBehaviour[] = ['lose-ack', 'cut-before', 'cut-after', 'busy'];
/** Where the slots of a cursor file begin. */
const SLOT_OFFSETS = [0, 4096, 8192, 32_768];
const ORDERS: readonly DeliveryOrder[] = ['liveFirst', 'liveFirst', 'oldestFirst'];

/** One life of the gateway. */
interface Life {
  readonly clock: FakeClock;
  readonly journal: Journal;
  readonly target: FakeTarget;
  readonly delivery: Delivery<FakePacket>;
}

/**
 * One sink over many lives of its gateway, on a real journal: the disk fills up and fails, retention takes what is unread, lanes
 * are taken out of the configuration and put back, cursors are damaged, and power is cut. It remembers what was accepted.
 */
export class SinkLives {
  /** Everything that reached the remote, in all lives. */
  readonly arrived: FakePacket[] = [];
  /** The texts of what the journal said to have, by sequence. */
  readonly accepted = new Map(LANES.map((lane) => [lane, new Map<number, string>()]));
  readonly #random: () => number;
  #disk = new MemoryStorage();

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  async play(lifeCount: number): Promise<void> {
    // Where a sink begins counts from its first life on.
    await this.#end(await this.#begin(LANES));
    for (let life = 0; life < lifeCount; life++) {
      const lanes = LANES.filter(() => this.#random() < 0.8);
      await this.#live(await this.#begin(lanes.length === 0 ? LANES : lanes));
      if (this.#random() < 0.3) this.#damageCursor();
    }
    const last = await this.#begin(LANES);
    last.target.onConnect = () => 'accept';
    last.target.onSend = () => 'accept';
    for (let minutes = 0; minutes < 60 && !isDrained(last); minutes++) await last.clock.advance(60_000);
    await this.#end(last);
  }

  /** What was accepted, and neither came nor was told to be lost. */
  get missing(): readonly string[] {
    return [...this.accepted].flatMap(([lane, texts]) => {
      const told = this.arrived.filter(({ stream }) => stream === lane);
      const isTold = (sequence: number) =>
        told.some((packet) => (packet.firstLost ?? packet.sequence) <= sequence && sequence <= packet.sequence);
      return [...texts.keys()].filter((sequence) => !isTold(sequence)).map((sequence) => `${lane}/${sequence}`);
    });
  }

  /** What came under a sequence that is that of something else. */
  get confused(): readonly string[] {
    return this.arrived.flatMap(({ stream, sequence, firstLost, text }) => {
      const accepted = [...this.accepted].find(([lane]) => lane === stream)?.[1].get(sequence);
      return firstLost !== undefined || accepted === undefined || accepted === text ? [] : [`${stream}/${sequence}`];
    });
  }

  async #begin(lanes: readonly StreamId[]): Promise<Life> {
    const random = this.#random;
    const clock = new FakeClock();
    const retention = { maxBytes: QUOTA_BYTES, overflow: 'dropOldest' } as const;
    const streams = LANES.map((id) => ({ id, retention }));
    const seed = Math.floor(random() * 2 ** 31);
    const { journal } = await openTestJournal(this.#disk, { clock, streams, segmentBytes: SEGMENT_BYTES, seed });
    const target = new FakeTarget(clock);
    target.latencyMs = () => 5 + Math.floor(random() * 200);
    target.onConnect = () => (random() < 0.7 ? 'unreachable' : 'accept');
    target.onSend = () => (random() < 0.1 ? this.#pick(SEND_FAULTS) : 'accept');
    const delivery = await openDelivery({
      ...{ id: SINK, lanes, from: 'oldest', target, journal, clock, logger: new MemoryLogger() },
      ...{ shaper: compileShaper([]), deadLetters: new FakeDeadLetters() },
      policy: { ...POLICY, order: this.#pick(ORDERS), random },
    });
    return { clock, journal, target, delivery };
  }

  async #live(life: Life): Promise<void> {
    const random = this.#random;
    for (let steps = 1 + Math.floor(random() * 4); steps > 0; steps--) {
      this.#troubleDisk();
      const stream = life.journal.stream(this.#pick(LANES));
      for (let count = Math.floor(random() * 60); count > 0; count--) this.#append(stream);
      await life.clock.advance(random() * 6000);
    }
    if (random() < 0.3) return await this.#end(life);
    this.#disk = random() < 0.5 ? this.#disk.kill() : this.#disk.powerCut(random);
    this.arrived.push(...life.target.arrived);
  }

  async #end({ clock, journal, target, delivery }: Life): Promise<void> {
    this.#disk.heal();
    const stopped = delivery[Symbol.asyncDispose]();
    // Timers are set in whole milliseconds.
    await clock.advance(POLICY.drainTimeoutMs + 1);
    await stopped;
    await journal[Symbol.asyncDispose]();
    this.#disk = this.#disk.kill();
    this.arrived.push(...target.arrived);
  }

  #append(stream: JournalStream): void {
    const text = `${Math.floor(this.#random() * 2 ** 31)}`.padEnd(RECORD_BYTES, '.');
    const sequence = stream.append(sampleRecord({ payload: Buffer.from(text) }), (error) => {
      if (error === undefined) this.accepted.get(stream.id)?.set(sequence, text);
    });
  }

  #troubleDisk(): void {
    const disk = this.#disk;
    const choice = this.#random();
    if (choice < 0.4) disk.heal();
    else if (choice < 0.6) disk.limitSpace(Math.floor(this.#random() * 8), this.#random() < 0.5);
    else if (choice < 0.7) disk.failNext('datasync', this.#pick(['EIO', 'ENOSPC']), 1 + Math.floor(this.#random() * 4));
    else if (choice < 0.8) disk.failNext('write', this.#pick(['EIO', 'ENOSPC']), 1 + Math.floor(this.#random() * 4));
  }

  /** One slot, or all: garbage, the beginning of a version that is not known, a length beyond all bounds, or zeros. */
  #damageCursor(): void {
    const file = this.#disk.file(`${TEST_DIRECTORY}/cursors/${SINK}.${this.#pick(LANES)}.cursor`);
    const content = Buffer.from(file.content);
    const isAll = this.#random() < 0.3;
    const chosen = this.#pick(SLOT_OFFSETS);
    for (const offset of SLOT_OFFSETS) {
      if (offset >= content.length || !(isAll || offset === chosen)) continue;
      const kind = this.#random();
      if (kind < 0.25) content[offset + Math.floor(this.#random() * 100)] = Math.floor(this.#random() * 256);
      else if (kind < 0.5) content.writeUInt32BE(0xf7575399, offset);
      else if (kind < 0.75) content.writeUInt32LE(0xffffffff, offset + 16);
      else content.fill(0, offset, offset + 4096);
    }
    file.content = content;
  }

  #pick<T>(choices: readonly T[]): T {
    const choice = choices[Math.floor(this.#random() * choices.length)];
    if (choice === undefined) throw new RangeError('nothing to choose from');
    return choice;
  }
}

function isDrained({ delivery }: Life): boolean {
  return delivery.status().lanes.every((lane) => lane.isDrained);
}
