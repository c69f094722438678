import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type RowText, readInfluxRows, readJournalRows } from '#tests/support/influx-rows.ts';
import { Influxd } from '#tests/support/influxd.ts';
import { pick, type SeededRandom, seededRandom } from '#tests/support/seeded-random.ts';
import { type Arrival, bareArrival } from './arrival.ts';
import { BreakingLink } from './breaking-link.ts';
import { judgeRows, publishedColumns } from './judge-rows.ts';
import type { OtherSink } from './other-sink.ts';
import type { InfluxdPlan } from './plan-others.ts';
import type { SinkPlan } from './plan-run.ts';

const DATABASE = 'telemetry';
const GATEWAY_ID = 'test-truck';
/** Somewhat less than the sink waits for an answer, and somewhat more. */
const MAX_STOPPED_MS = 2000;
/** It is not the machine that is put to the test. */
const ANSWER_LIMIT_MS = 1500;

const TEMPERATURE = /\["topic","sensors\/[a-z]+\/temperature"\]/;

/** What it is set up beside. */
interface Place {
  /** Of the configuration. */
  readonly folder: string;
  /** The first one, whose filter all have. */
  readonly sink: SinkPlan;
}

/** A real `influxd` behind a link that breaks at any byte; it is killed, and stopped for a moment. */
export class RealInfluxdb implements OtherSink {
  readonly config: object;
  readonly #influxd: Influxd;
  readonly #link: BreakingLink;
  readonly #random: SeededRandom;
  readonly #folder: string;
  readonly #plan: InfluxdPlan;
  readonly #dropsTemperature: boolean;
  #disturbance: Promise<void> | undefined;
  #isCalm = false;

  private constructor(plan: InfluxdPlan, { folder, sink }: Place, influxd: Influxd, link: BreakingLink) {
    this.#plan = plan;
    this.#dropsTemperature = sink.filter.length > 0;
    this.#influxd = influxd;
    this.#link = link;
    this.#random = seededRandom(plan.seed);
    this.#folder = folder;
    this.config = {
      ...{ id: plan.id, type: 'influxdb', url: link.url, database: DATABASE, writer: plan.writer },
      ...{ batch: { maxEvents: plan.maxEvents }, window: { ackTimeoutMs: ANSWER_LIMIT_MS } },
    };
  }

  static async open(plan: InfluxdPlan, place: Place): Promise<RealInfluxdb> {
    await using cleanup = new AsyncDisposableStack();
    const influxd = cleanup.use(await Influxd.start(place.folder));
    await influxd.query(`CREATE DATABASE ${DATABASE}`);
    const { seed, delayMs, breaksWithinBytes } = plan;
    const link = await BreakingLink.open(influxd.port, { seed, delayMs, withinBytes: breaksWithinBytes });
    cleanup.move();
    return new RealInfluxdb(plan, place, influxd, link);
  }

  /** One at a time: a fault of the run that finds it at one adds none. */
  async disturb(): Promise<void> {
    if (this.#isCalm || this.#disturbance !== undefined) return;
    this.#disturbance = this.#strike().finally(() => {
      this.#disturbance = undefined;
    });
    await this.#disturbance;
  }

  async #strike(): Promise<void> {
    const kind = pick(this.#random, ['kill', 'stop', 'reset'] as const);
    const awayMs = this.#random.integer(0, MAX_STOPPED_MS);
    switch (kind) {
      case 'kill':
        await this.#influxd.kill();
        await pause(awayMs);
        return await this.#influxd.restart();
      case 'stop':
        this.#influxd.signal('SIGSTOP');
        await pause(awayMs);
        return this.#influxd.signal('SIGCONT');
      case 'reset':
        return this.#link.reset();
    }
  }

  async cutPower(): Promise<void> {}

  async calm(): Promise<void> {
    this.#isCalm = true;
    await this.#disturbance;
    this.#link.calm();
  }

  /** Whatever came, and how often and in which order: the database has what is left of it. */
  async arrivals() {
    await this.calm();
    const rows = await readInfluxRows(this.#influxd, DATABASE);
    const records = await readJournalRows(join(this.#folder, 'data'), GATEWAY_ID);
    return {
      arrivals: rows.flatMap(openRow).sort(byCounter),
      wrong: judgeRows({ rows, records, mayMiss: this.#mayMiss }),
    };
  }

  /** Where a filter has a memory, what it may leave out is judged elsewhere. */
  readonly #mayMiss = (record: RowText): boolean =>
    this.#plan.filter !== undefined || (this.#dropsTemperature && TEMPERATURE.test(record));

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isCalm = true;
    // A stopped process ends by no signal but SIGKILL.
    // Whoever waited for it has been told what went wrong; here all that counts is that it is over.
    await this.#disturbance?.catch(() => {});
    await this.#link[Symbol.asyncDispose]();
    await this.#influxd[Symbol.asyncDispose]();
  }
}

/** A point of a publisher as it was published. */
function openRow(row: RowText): readonly Arrival[] {
  const columns = publishedColumns(row);
  if (columns === undefined) return [];
  const { time, topic, client_: client, counter } = columns;
  return [bareArrival(String(topic), JSON.stringify({ client, counter }), 0, `${topic} ${time}`)];
}

function byCounter({ payload: a }: Arrival, { payload: b }: Arrival): number {
  return JSON.parse(a).counter - JSON.parse(b).counter;
}
