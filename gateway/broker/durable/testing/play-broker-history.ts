import { MemoryStorage } from '#gateway/journal/memory-storage.ts';
import { seededRandom } from '#gateway/journal/open-test-journal.ts';
import type { QoS } from '#gateway/model/message.ts';
import { BrokerLife } from './broker-life.ts';
import { ModelClient, type Sent } from './model-client.ts';

/** What came of a history. */
export interface PlayedHistory {
  /** To be empty. */
  readonly violations: readonly string[];
  /** So that nobody takes a history for more than it was. */
  readonly counts: Readonly<
    Record<'lives' | 'sent' | 'acknowledged' | 'got' | 'expected' | 'repeats' | 'replayed', number>
  >;
}

const STEP_COUNT = 160;
const CLIENT_IDS = ['anna', 'ben', 'cleo'] as const;
const PREFIXES = ['alerts', 'telemetry', 'chat'] as const;

/**
 * Plays publishers and subscribers against the broker on a disk that loses power at any step, and looks what they were promised.
 * Everything comes from the seed.
 */
export async function playBrokerHistory(seed: number): Promise<PlayedHistory> {
  const history = new History(seed);
  await history.play();
  await history.finish();
  return { violations: history.violations(), counts: history.counts() };
}

class History {
  readonly #random: () => number;
  readonly #clients: readonly ModelClient[];
  readonly #journaled = new Map<string, number>();
  #time = 0;
  #lifeCount = 0;
  #replayedCount = 0;
  #textCount = 0;
  #storage = new MemoryStorage();
  #life: BrokerLife | undefined;
  #retained = new Map<string, string>();

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.#clients = CLIENT_IDS.map((id) => new ModelClient(id, () => ++this.#time));
  }

  async play(): Promise<void> {
    await this.#begin();
    for (let step = 0; step < STEP_COUNT; step++) {
      await this.#step();
      if (this.#storage.isDead) await this.#endLife();
    }
  }

  /** The disk works from here on: everything that was promised has to come. */
  async finish(): Promise<void> {
    this.#storage.dieAfter(Number.POSITIVE_INFINITY);
    for (const client of this.#clients) if (!client.isConnected) client.connect(this.#running, client.isPersistent);
    let quietRounds = 0;
    for (let round = 0; quietRounds < 5 && round < 2000; round++) {
      let wasBusy = false;
      for (const client of this.#clients) {
        if (client.wireCount > 0) wasBusy = true;
        client.pass(Number.POSITIVE_INFINITY);
        if (!client.isConnected) client.connect(this.#running, client.isPersistent);
      }
      await turns(4);
      quietRounds = wasBusy ? 0 : quietRounds + 1;
    }
    for (const { message } of this.#running.retained.matching('#')) {
      this.#retained.set(message.topic, Buffer.from(message.payload).toString());
    }
    await this.#readJournal();
    await this.#running.close();
  }

  violations(): readonly string[] {
    return [...this.#clients.flatMap((client) => this.#violationsOf(client)), ...this.#wrongRetained()];
  }

  counts(): PlayedHistory['counts'] {
    const sent = this.#clients.flatMap((client) => client.sent);
    const got = this.#clients.flatMap((client) => client.got);
    return {
      lives: this.#lifeCount,
      sent: sent.length,
      acknowledged: sent.filter(({ isAcknowledged }) => isAcknowledged).length,
      got: got.length,
      expected: this.#clients.reduce((sum, client) => sum + this.#expectedBy(client).length, 0),
      repeats: this.#clients.reduce((sum, client) => sum + client.got.length - new Set(client.got).size, 0),
      replayed: this.#replayedCount,
    };
  }

  get #running(): BrokerLife {
    if (this.#life === undefined) throw new Error('no broker runs');
    return this.#life;
  }

  async #begin(): Promise<void> {
    this.#storage.dieAfter(Number.POSITIVE_INFINITY);
    this.#life = await BrokerLife.open(this.#storage, ++this.#lifeCount);
    const [restored] = this.#life.logger.lines.filter(({ text }) => text === 'restored what the broker remembers');
    this.#replayedCount += Number(restored?.fields['replayedCount'] ?? 0);
  }

  /** Once in a while the process alone ends, and once the power goes while it starts. */
  async #endLife(): Promise<void> {
    for (const client of this.#clients) client.lose();
    this.#storage = this.#random() < 0.2 ? this.#storage.kill() : this.#storage.powerCut(this.#random);
    if (this.#random() < 0.15) {
      this.#storage.dieAfter(1 + Math.floor(this.#random() * 60));
      await Promise.race([BrokerLife.open(this.#storage, ++this.#lifeCount), this.#storage.died]);
      this.#storage = this.#storage.powerCut(this.#random);
    }
    await this.#begin();
  }

  async #step(): Promise<void> {
    const client = this.#pick(this.#clients);
    const choice = this.#random();
    if (choice < 0.05) this.#storage.dieAfter(this.#storage.operationCount + 1 + Math.floor(this.#random() * 12));
    else if (!client.isConnected) client.connect(this.#running, this.#random() < 0.9);
    else if (choice < 0.08) client.drop();
    else if (choice < 0.1) client.connect(this.#running, this.#random() < 0.7);
    else if (choice < 0.13) await this.#running.clock.advance(6000);
    else if (choice < 0.2) client.subscribe(this.#pick(PREFIXES), this.#pickQos());
    else if (choice < 0.21) client.unsubscribe(this.#pick(PREFIXES));
    else if (choice < 0.6 && client.isOnline) this.#publish(client);
    else if (choice < 0.9) client.pass(1 + Math.floor(this.#random() * 6));
    if (this.#random() < 0.7) await turns(1 + Math.floor(this.#random() * 4));
  }

  #publish(client: ModelClient): void {
    if (client.outboxCount > 8) return;
    const prefix = this.#pick(PREFIXES);
    const isRetained = this.#random() < 0.25;
    // What is retained with QoS 0 may be lost, and then the one before it is right.
    const qos = isRetained ? this.#pick([1, 2] as const) : this.#pickQos();
    // A QoS 1 message that comes again behind one of QoS 2, which does not, would be retained last, and rightly so.
    const topic = `${prefix}/${client.id}${isRetained ? `/last-${qos}` : ''}`;
    client.publish(topic, `${client.id}-${++this.#textCount}-${prefix}-${qos}`, qos, isRetained);
  }

  #pickQos(): QoS {
    return this.#pick([0, 1, 1, 2, 2] as const);
  }

  #pick<T>(choices: readonly T[]): T {
    const picked = choices[Math.floor(this.#random() * choices.length)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  }

  async #readJournal(): Promise<void> {
    for (const stream of this.#running.journal.streams) {
      for (let from = stream.oldestSequence; from <= stream.syncedSequence; ) {
        const { records, nextSequence } = await stream.read(from, { maxEvents: 1000, maxBytes: 2 ** 20 });
        for (const { record } of records) {
          const text = Buffer.from(record.payload).toString();
          this.#journaled.set(text, (this.#journaled.get(text) ?? 0) + 1);
        }
        from = nextSequence;
      }
    }
  }

  #violationsOf(client: ModelClient): readonly string[] {
    const found = [...client.violations];
    const counts = new Map<string, number>();
    for (const text of client.got) counts.set(text, (counts.get(text) ?? 0) + 1);
    for (const { text, qos } of this.#expectedBy(client)) {
      const count = counts.get(text) ?? 0;
      if (count === 0) found.push(`${client.id} never got ${text}`);
      if (qos === 2 && count > 1) found.push(`${client.id} got ${text} ${count} times with QoS 2`);
    }
    for (const sent of client.sent) {
      if (sent.qos === 0 || sent.topic.startsWith('chat/')) continue;
      const count = this.#journaled.get(sent.text) ?? 0;
      if (sent.isAcknowledged && count === 0) found.push(`${sent.text} was acknowledged and is not in the journal`);
      if (sent.qos === 2 && !sent.isAbandoned && count > 1) found.push(`the journal has ${sent.text} ${count} times`);
      if (!sent.isAbandoned && !sent.isAcknowledged) found.push(`${sent.text} was never acknowledged`);
    }
    return found;
  }

  /** What was sent and acknowledged while the client was listening, with the QoS that it is to come with. */
  #expectedBy(client: ModelClient): readonly { readonly text: string; readonly qos: QoS }[] {
    return this.#clients.flatMap(({ sent }) =>
      sent.flatMap((message) => {
        const listening = client.listening.find(
          ({ prefix, from, until }) =>
            message.topic.startsWith(`${prefix}/`) && from < message.sentAt && message.acknowledgedAt < until,
        );
        if (listening === undefined || !message.isAcknowledged || listening.qos === 0) return [];
        return [{ text: message.text, qos: this.#qosOf(message, listening.qos) }];
      }),
    );
  }

  /** A publisher whose session ended may have sent it again as another message. */
  #qosOf(message: Sent, granted: QoS): QoS {
    return message.isAbandoned || granted < message.qos ? 1 : message.qos;
  }

  /** The last one that a client sent on its topic, unless a session of it ended in between. */
  #wrongRetained(): readonly string[] {
    const last = new Map<string, Sent>();
    for (const { sent } of this.#clients) {
      for (const message of sent) {
        if (!message.isRetained || (message.isAbandoned && !message.isAcknowledged)) continue;
        last.set(message.topic, message);
      }
    }
    return [...last].flatMap(([topic, { text, sentAt }]) => {
      const found = this.#retained.get(topic);
      const mayBe = this.#clients.some(({ sent }) =>
        sent.some(
          (other) => other.topic === topic && other.text === found && other.isAbandoned && other.sentAt > sentAt,
        ),
      );
      return found === text || mayBe ? [] : [`retained on ${topic} is ${found}, not ${text}`];
    });
  }
}

/** Lets the journal work. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}
