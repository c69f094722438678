import { join } from 'node:path';
import { askGateway } from '#gateway/host/ask-gateway.ts';
import type { GatewayStatus } from '#gateway/model/status.ts';
import type { Child } from '#tests/support/child.ts';
import { CountingPublisher } from '#tests/support/counting-publisher.ts';
import { FlakyLink } from '#tests/support/flaky-link.ts';
import { findFreePort } from '#tests/support/free-ports.ts';
import { hubSink, PUBLISHER, startReadyGateway, testConfig, writeConfig } from '#tests/support/gateway-process.ts';
import { until } from '#tests/support/until.ts';
import type { FarEnd } from './far-end.ts';
import { edgesOf, judgeDelivery } from './judge-delivery.ts';
import { openFarEnd } from './open-far-end.ts';
import type { Fault, GatewayKill, LinkFault, RunPlan } from './plan-run.ts';

/** What came of a run. */
export interface RunOutcome {
  /** To be empty. */
  readonly wrong: readonly string[];
  readonly madeCount: number;
  readonly arrivalCount: number;
  readonly distinctCount: number;
  /** Faults that struck before everything was delivered. */
  readonly faultCount: number;
  readonly killCount: number;
  /** Kills of the gateway that found publishes without an answer. */
  readonly hitCount: number;
  /** Ends of connections between two events of a stream. */
  readonly edgeCount: number;
  readonly connectionCount: number;
  /** Both ways, between the gateway and the link. */
  readonly carriedBytes: number;
  /** What the sink said was wrong, in the course of the run. */
  readonly lastErrors: readonly string[];
  readonly seconds: number;
}

const CLIENTS = ['red', 'green', 'blue'] as const;
const LINK = 'lte';
/** A kill takes two: one that is on its way out, one on its way in. */
const PORTIONS_PER_FAULT = 2;
/** The handshake, and some events. */
const DELIVERING_BYTES = 3000;
/** What the kernel had taken and the link never saw. */
const MAX_METER_ERROR = 0.02;
/** How long anything may take that nothing hinders any more. */
const PATIENCE_MS = 60_000;
const POLL_MS = 100;
/** After a break, for the sink to notice. */
const NUDGE_MS = 30;

/** Plays a plan with real processes in `folder`, which is empty, and judges what came. */
export async function runDelivery(plan: RunPlan, folder: string): Promise<RunOutcome> {
  await using stage = new Stage(plan, folder);
  const startedMs = performance.now();
  await stage.open();
  const over = new AbortController();
  const delivered = stage.delivered(over.signal).finally(() => over.abort());
  const faults = stage.playFaults(over.signal);
  await Promise.race([Promise.all([delivered, faults]), delivered]);
  return await stage.judge((performance.now() - startedMs) / 1000);
}

/** The cast of a run: publishers, gateway, link and hub. */
class Stage implements AsyncDisposable {
  readonly #plan: RunPlan;
  readonly #folder: string;
  readonly #cleanup = new AsyncDisposableStack();
  readonly #publishers: CountingPublisher[] = [];
  #farEnd: FarEnd | undefined;
  #link: FlakyLink | undefined;
  #gateway: Child | undefined;
  #start: () => Promise<Child> = () => Promise.reject(new Error('The stage is not open.'));
  #faultCount = 0;
  #killCount = 0;
  #hitCount = 0;
  #portion = 0;
  readonly #lastErrors = new Set<string>();

  constructor(plan: RunPlan, folder: string) {
    this.#plan = plan;
    this.#folder = folder;
  }

  async open(): Promise<void> {
    const { sink, delayMs, publisherWindow } = this.#plan;
    this.#farEnd = this.#cleanup.use(await openFarEnd(this.#plan, this.#folder));
    this.#link = this.#cleanup.use(await FlakyLink.open(this.#farEnd.port));
    this.#link.pace.delayMs = delayMs;
    const brokerPort = await findFreePort();
    const config = {
      ...testConfig({ brokerPort }),
      links: [{ id: LINK }],
      sinks: [{ ...hubSink(this.#link.port), link: LINK, ...sink }],
    };
    const configFile = await writeConfig(this.#folder, config);
    this.#cleanup.defer(async () => {
      await this.#gateway?.kill();
    });
    this.#start = () => startReadyGateway(configFile, brokerPort);
    this.#gateway = await this.#start();
    for (const clientId of CLIENTS) {
      const login = { port: brokerPort, ...PUBLISHER, clientId, topics: topicsOf(clientId) };
      const publisher = new CountingPublisher({ ...login, windowSize: publisherWindow });
      this.#publishers.push(this.#cleanup.use(publisher));
    }
    this.#release();
    for (const publisher of this.#publishers) publisher.start();
  }

  /** Lets the faults of the plan happen, one after the other, until `signal` says that there is nothing left to hit. */
  async playFaults(signal: AbortSignal): Promise<void> {
    for (const fault of this.#plan.faults) {
      await this.#play(fault, signal);
      if (signal.aborted) return;
      this.#faultCount++;
      this.#release();
    }
  }

  /** Waits until all is published and delivered. */
  async delivered(signal: AbortSignal): Promise<void> {
    let doneCount = 0;
    let playedCount = 0;
    let progressMs = performance.now();
    while (!signal.aborted) {
      const [madeCount, left] = [sumOf(this.#publishers, 'acknowledgedCount'), await this.#backlog()];
      const isIdle = left === 0 && this.#publishers.every(({ pendingCount }) => pendingCount === 0);
      if (isIdle && !this.#release()) return;
      const isFurther = left !== undefined && madeCount - left > doneCount;
      // One kill after the other leaves no time for an answer.
      if (isIdle || isFurther || this.#faultCount > playedCount) progressMs = performance.now();
      playedCount = this.#faultCount;
      if (isFurther) doneCount = madeCount - left;
      const waitedMs = performance.now() - progressMs;
      if (waitedMs > PATIENCE_MS)
        throw new Error(`Nothing has been delivered for ${PATIENCE_MS} ms: ${await this.#state()}`);
      await pause(POLL_MS);
    }
  }

  /**
   * Lets the publishers make the next portion, some for each fault and one more, so that faults meet events on their way in as well as
   * on their way out.
   *
   * @returns whether there was one left
   */
  #release(): boolean {
    const portionCount = PORTIONS_PER_FAULT * this.#plan.faults.length + 1;
    if (this.#portion === portionCount) return false;
    this.#portion++;
    const each = this.#plan.eventCount / CLIENTS.length;
    for (const publisher of this.#publishers) publisher.limit = Math.ceil((each * this.#portion) / portionCount);
    return true;
  }

  /** Ends the gateway in peace, and looks what the hub has. */
  async judge(seconds: number): Promise<RunOutcome> {
    const { gateway, link, farEnd } = this.#open();
    link.calm();
    const metered = await this.#judgeMeter(link);
    const { code } = await gateway.stop();
    const { arrivals, wrong } = await farEnd.arrivals();
    const { carriedBytes, connectionCount } = link;
    const rejectedText = this.#plan.hub.kind === 'strict' ? this.#plan.hub.habits.rejectedText : undefined;
    const filtered = this.#plan.sink.filter.length > 0;
    const judged = judgeDelivery(arrivals, {
      publishers: this.#publishers.map(({ clientId, madeCount, interruptedCounters }) => {
        const topicOf = (counter: number) => topicsOf(clientId)[(counter - 1) % topicsOf(clientId).length] ?? '';
        return { clientId, madeCount, interruptedCounters, topicOf };
      }),
      passes: (topic) => !(filtered && topic.endsWith('/temperature')),
      streamOf: (topic) => (topic.startsWith('alerts/') ? 'alerts' : 'telemetry'),
      isLiveFirst: this.#plan.sink.order === 'liveFirst',
      isRejected: (payload) => rejectedText !== undefined && payload.includes(rejectedText),
    });
    return {
      wrong: [
        ...wrong,
        ...judged,
        ...metered,
        ...(code === 0 ? [] : [`The gateway ended with ${code}: ${gateway.output.slice(-1000)}`]),
      ],
      madeCount: sumOf(this.#publishers, 'madeCount'),
      arrivalCount: arrivals.length,
      distinctCount: new Set(arrivals.map(({ id }) => id)).size,
      ...{ faultCount: this.#faultCount, killCount: this.#killCount, hitCount: this.#hitCount },
      edgeCount: edgesOf(arrivals).length,
      ...{ connectionCount, carriedBytes, seconds, lastErrors: [...this.#lastErrors] },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanup.disposeAsync();
  }

  async #play(fault: Fault, signal: AbortSignal): Promise<void> {
    const over = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    if (fault.kind === 'killGateway') await this.#killGateway(fault, over, signal);
    else await this.#playOnLink(fault, over, signal);
  }

  async #playOnLink(fault: LinkFault, over: Promise<void>, signal: AbortSignal): Promise<void> {
    const { link } = this.#open();
    const { direction, afterBytes } = fault;
    await Promise.race([link.after(direction, afterBytes, fault.kind === 'break' ? fault.how : undefined), over]);
    if (signal.aborted) return;
    switch (fault.kind) {
      case 'break':
        if (fault.outageMs > 0) {
          link.cut();
          await pause(fault.outageMs);
          link.restore();
        }
        await this.#nudge();
        break;
      case 'limit':
        link.pace.bytesPerSecond = fault.bytesPerSecond;
        await Promise.race([link.after(direction, fault.forBytes), over]);
        link.pace.bytesPerSecond = Infinity;
        break;
      case 'killHub':
        this.#killCount++;
        await this.#farEnd?.restart(fault.awayMs);
        await this.#nudge();
    }
  }

  async #killGateway(
    { afterAcknowledged, isCut }: GatewayKill,
    over: Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const { gateway, link } = this.#open();
    const acknowledged = () => sumOf(this.#publishers, 'acknowledgedCount');
    if (isCut) link.cut();
    else await Promise.race([link.after('up', DELIVERING_BYTES), over]);
    this.#release();
    const aim = acknowledged() + afterAcknowledged;
    const isLast = () => isCut || this.#portion > PORTIONS_PER_FAULT * this.#plan.faults.length;
    await until('enough is acknowledged for the next kill', PATIENCE_MS, () => {
      const isIdle = this.#publishers.every(({ isOnline, pendingCount }) => isOnline && pendingCount === 0);
      return acknowledged() >= aim || signal.aborted || (isIdle && isLast());
    });
    await gateway.kill();
    this.#killCount++;
    if (sumOf(this.#publishers, 'pendingCount') > 0) this.#hitCount++;
    this.#gateway = await this.#start();
    link.restore();
  }

  /** What the gateway says that it sent and received, against what the link carried [D8]. Each start counts anew. */
  async #judgeMeter(link: FlakyLink): Promise<readonly string[]> {
    if (this.#plan.faults.some(({ kind }) => kind === 'killGateway')) return [];
    const found = (await this.#status())?.links?.find(({ id }) => id === LINK);
    if (found === undefined) return ['The gateway says nothing of its link'];
    const countedBytes = found.sentBytes + found.receivedBytes;
    const difference = Math.abs(countedBytes - link.carriedBytes) / link.carriedBytes;
    if (difference <= MAX_METER_ERROR) return [];
    return [`The gateway counted ${countedBytes} bytes, and the link carried ${link.carriedBytes}`];
  }

  /** Ends the delay of the sink, as a person would who does not want to wait. */
  async #nudge(): Promise<void> {
    if (!this.#plan.isImpatient) return;
    await pause(NUDGE_MS);
    await this.#ask('retrySink', { id: 'hub' });
  }

  async #backlog(): Promise<number | undefined> {
    const status = await this.#status();
    for (const { lastError } of status?.sinks ?? []) if (lastError !== undefined) this.#lastErrors.add(lastError);
    const lanes = status?.sinks.flatMap((sink) => sink.lanes);
    return lanes?.reduce((sum, { backlogCount }) => sum + backlogCount, 0);
  }

  async #state(): Promise<string> {
    return JSON.stringify((await this.#status())?.sinks);
  }

  async #status(): Promise<GatewayStatus | undefined> {
    // The answer is this type by the contract of the control socket.
    return (await this.#ask('status')) as GatewayStatus | undefined;
  }

  /** @returns undefined while the gateway is away, or has a reason not to */
  async #ask(method: string, params: object = {}): Promise<unknown> {
    try {
      return await askGateway(join(this.#folder, 'data'), method, { params });
    } catch {
      return undefined;
    }
  }

  #open() {
    if (this.#gateway === undefined || this.#link === undefined || this.#farEnd === undefined) {
      throw new Error('The stage is not open.');
    }
    return { gateway: this.#gateway, link: this.#link, farEnd: this.#farEnd };
  }
}

function sumOf(
  publishers: readonly CountingPublisher[],
  what: 'madeCount' | 'acknowledgedCount' | 'pendingCount',
): number {
  return publishers.reduce((sum, publisher) => sum + publisher[what], 0);
}

function topicsOf(clientId: string): readonly string[] {
  return [`sensors/${clientId}/pressure`, `alerts/${clientId}`, `sensors/${clientId}/temperature`];
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
