import { join } from 'node:path';
import { askGateway } from '#gateway/host/ask-gateway.ts';
import type { GatewayStatus } from '#gateway/model/status.ts';
import type { Child } from '#tests/support/child.ts';
import { CountingPublisher } from '#tests/support/counting-publisher.ts';
import { FlakyLink } from '#tests/support/flaky-link.ts';
import { findFreePort } from '#tests/support/free-ports.ts';
import { hubSink, PUBLISHER, startReadyGateway, testConfig, writeConfig } from '#tests/support/gateway-process.ts';
import type { FarEnd } from './far-end.ts';
import { ruleOf, valuesOf } from './memory-filter.ts';
import { openFarEnd } from './open-far-end.ts';
import { openOther } from './open-other.ts';
import type { OtherSink } from './other-sink.ts';
import type { LinkLimits } from './plan-link.ts';
import type { OtherPlan } from './plan-others.ts';
import type { RunPlan } from './plan-run.ts';

const CLIENTS = ['red', 'green', 'blue'] as const;
/** The id of the link that the first sink sends over. */
export const LINK = 'lte';
/** That of the first sink. */
export const FIRST_SINK = 'hub';
/** A kill takes two: one that is on its way out, one on its way in. */
const PORTIONS_PER_FAULT = 2;
/** After a break, for the sinks to notice. */
const NUDGE_MS = 30;

/** A sink beside the first one. */
export interface Other {
  readonly plan: OtherPlan;
  readonly sink: OtherSink;
}

/** The cast of a run: publishers, gateway, link, hub, and what other sinks lead to. */
export class Cast implements AsyncDisposable {
  readonly plan: RunPlan;
  readonly publishers: readonly CountingPublisher[];
  readonly link: FlakyLink;
  readonly farEnd: FarEnd;
  readonly others: readonly Other[];
  /** What went wrong before the end, in sentences. */
  readonly wrong: string[] = [];
  killCount = 0;
  /** Kills of the gateway, and those of them that found publishes without an answer. */
  gatewayKillCount = 0;
  hitCount = 0;
  readonly #folder: string;
  readonly #brokerPort: number;
  readonly #cleanup: AsyncDisposableStack;
  #gateway: Child | undefined;
  #portion = 0;

  private constructor(options: CastOptions) {
    this.plan = options.plan;
    this.link = options.link;
    this.farEnd = options.farEnd;
    this.others = options.others;
    this.#folder = options.folder;
    this.#brokerPort = options.brokerPort;
    this.#cleanup = options.cleanup;
    this.publishers = CLIENTS.map((clientId) => {
      const login = { port: options.brokerPort, ...PUBLISHER, clientId, topics: topicsOf(clientId) };
      const publisher = new CountingPublisher({ ...login, valuesOf, windowSize: options.plan.publisherWindow });
      return options.cleanup.use(publisher);
    });
  }

  /** Starts everything; the publishers begin with their first portion. @param folder which is empty */
  static async open(plan: RunPlan, folder: string): Promise<Cast> {
    await using cleanup = new AsyncDisposableStack();
    const farEnd = cleanup.use(await openFarEnd(plan, folder));
    const link = cleanup.use(await FlakyLink.open(farEnd.port));
    link.pace.delayMs = plan.delayMs;
    const place = { folder, farEnd, port: link.port, link: LINK, sink: plan.sink };
    const others: Other[] = [];
    for (const other of plan.others) {
      others.push({ plan: other, sink: cleanup.use(await openOther(other, place)) });
    }
    const brokerPort = await findFreePort();
    const cast = new Cast({ plan, folder, farEnd, link, others, brokerPort, cleanup: cleanup.move() });
    try {
      await cast.#begin();
    } catch (error) {
      await cast[Symbol.asyncDispose]();
      throw error;
    }
    return cast;
  }

  async #begin(): Promise<void> {
    this.#cleanup.defer(async () => {
      await this.#gateway?.kill();
    });
    await this.configure(this.plan.limits);
    await this.#start();
    this.release();
    for (const publisher of this.publishers) publisher.start();
  }

  get gateway(): Child {
    if (this.#gateway === undefined) throw new Error('There is no gateway.');
    return this.#gateway;
  }

  /** What the next start of the gateway goes by. */
  async configure(limits: LinkLimits): Promise<void> {
    const { sink } = this.plan;
    const usual = testConfig({ brokerPort: this.#brokerPort });
    const first = { ...hubSink(this.link.port), id: FIRST_SINK, link: LINK, ...sink };
    const others = this.others.map(({ plan: { filter }, sink: { config } }) => ({
      ...config,
      filter: [...sink.filter, ...(filter === undefined ? [] : [ruleOf(filter)])],
    }));
    await writeConfig(this.#folder, {
      ...usual,
      // The largest event of all bounds how much of a day is written ahead.
      broker: { ...Object(usual['broker']), limits: { maxPacketBytes: '16KiB' } },
      links: [{ id: LINK, dayStartsAt: farFromNow(), ...limits }],
      sinks: [first, ...others],
    });
  }

  /** Kills the gateway, and starts it again. */
  async restartGateway(): Promise<void> {
    await this.gateway.kill();
    this.killCount++;
    this.gatewayKillCount++;
    if (this.sumOf('pendingCount') > 0) this.hitCount++;
    for (const { sink } of this.others) await sink.cutPower();
    await this.#start();
  }

  async #start(): Promise<void> {
    this.#gateway = await startReadyGateway(join(this.#folder, 'waystation.yaml'), this.#brokerPort);
  }

  /**
   * Lets the publishers make the next portion, some for each fault and one more, so that faults meet events on their way in as well as
   * on their way out.
   *
   * @returns whether there was one left
   */
  release(): boolean {
    if (this.isAllReleased) return false;
    this.#portion++;
    const each = this.plan.eventCount / CLIENTS.length;
    for (const publisher of this.publishers) publisher.limit = Math.ceil((each * this.#portion) / this.#portionCount);
    return true;
  }

  get isAllReleased(): boolean {
    return this.#portion === this.#portionCount;
  }

  get #portionCount(): number {
    return PORTIONS_PER_FAULT * this.plan.faults.length + 1;
  }

  /** Nothing that was made is without an answer. */
  get isQuiet(): boolean {
    return this.publishers.every(({ isOnline, pendingCount }) => isOnline && pendingCount === 0);
  }

  sumOf(what: 'madeCount' | 'acknowledgedCount' | 'pendingCount'): number {
    return this.publishers.reduce((sum, publisher) => sum + publisher[what], 0);
  }

  /** Ends the delays of the sinks, as a person would who does not want to wait. */
  async nudge(): Promise<void> {
    if (!this.plan.isImpatient) return;
    await pause(NUDGE_MS);
    await this.ask('retrySink', { id: FIRST_SINK });
    await this.hurryOthers();
  }

  /** Other sinks wait for nothing. */
  async hurryOthers(): Promise<void> {
    for (const { plan } of this.others) await this.ask('retrySink', { id: plan.id });
  }

  /** Nothing more happens to them. */
  async calmOthers(): Promise<void> {
    for (const { sink } of this.others) await sink.calm();
  }

  /** @returns undefined while the gateway is away, or has a reason not to */
  async ask(method: string, params: object = {}): Promise<unknown> {
    try {
      return await askGateway(join(this.#folder, 'data'), method, { params });
    } catch {
      return undefined;
    }
  }

  async status(): Promise<GatewayStatus | undefined> {
    // The answer is this type by the contract of the control socket.
    return (await this.ask('status')) as GatewayStatus | undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanup.disposeAsync();
  }
}

interface CastOptions extends Pick<Cast, 'plan' | 'link' | 'farEnd' | 'others'> {
  readonly folder: string;
  readonly brokerPort: number;
  readonly cleanup: AsyncDisposableStack;
}

/** The topics that a publisher takes in turn. */
export function topicsOf(clientId: string): readonly string[] {
  return [`sensors/${clientId}/pressure`, `alerts/${clientId}`, `sensors/${clientId}/temperature`];
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** No day begins in the course of a run. */
function farFromNow(): string {
  const hour = (new Date().getUTCHours() + 12) % 24;
  return `${String(hour).padStart(2, '0')}:00`;
}
