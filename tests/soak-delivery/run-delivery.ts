import type { GatewayStatus } from '#gateway/model/status.ts';
import type { FlakyLink } from '#tests/support/flaky-link.ts';
import type { Arrival } from './arrival.ts';
import { Cast, FIRST_SINK, LINK, type Other, pause, topicsOf } from './cast.ts';
import { edgesOf, judgeDelivery, OWN_TOPICS, type PublisherLedger } from './judge-delivery.ts';
import { judgeForwarded } from './judge-forwarded.ts';
import type { RunPlan } from './plan-run.ts';
import { PATIENCE_MS, playFault } from './play-fault.ts';

/** What came of a run. */
export interface RunOutcome {
  /** To be empty. */
  readonly wrong: readonly string[];
  readonly madeCount: number;
  readonly arrivalCount: number;
  readonly distinctCount: number;
  /** By the id of each other sink, what came to it, repeats included. */
  readonly otherCounts: Readonly<Record<string, number>>;
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
  /** What the sinks said was wrong, in the course of the run. */
  readonly lastErrors: readonly string[];
  readonly seconds: number;
}

const MAX_METER_ERROR = 0.02;
/** What the kernel had taken and the link never saw, at each end of a connection, on a machine that has too much to do. */
const MAX_UNSEEN_BYTES = 16 * 1024;
/** What may go beyond a rate at any moment: a window, and its acknowledgements. */
const MAX_RATE_EXCESS_BYTES = 64 * 1024;
const POLL_MS = 100;
const SECOND_MS = 1000;

/** Plays a plan with real processes in `folder`, which is empty, and judges what came. */
export async function runDelivery(plan: RunPlan, folder: string): Promise<RunOutcome> {
  const startedMs = performance.now();
  await using cast = await Cast.open(plan, folder);
  const run = new Run(cast, startedMs);
  const over = new AbortController();
  const delivered = run.delivered(over.signal);
  const faults = run.playFaults(over.signal);
  try {
    await Promise.race([delivered, faults.then(() => delivered)]);
  } finally {
    over.abort();
    await Promise.allSettled([delivered, faults]);
  }
  return await run.judge((performance.now() - startedMs) / SECOND_MS);
}

/** A run and what is known of it so far. */
class Run {
  readonly #cast: Cast;
  readonly #startedMs: number;
  readonly #lastErrors = new Set<string>();
  #faultCount = 0;

  constructor(cast: Cast, startedMs: number) {
    this.#cast = cast;
    this.#startedMs = startedMs;
  }

  /** Lets the faults of the plan happen, one after the other, until `signal` says that there is nothing left to hit. */
  async playFaults(signal: AbortSignal): Promise<void> {
    for (const fault of this.#cast.plan.faults) {
      await playFault(this.#cast, fault, signal);
      if (signal.aborted) return;
      for (const { sink } of this.#cast.others) void sink.disturb();
      this.#faultCount++;
      this.#cast.release();
    }
  }

  /** Waits until all is published and delivered. */
  async delivered(signal: AbortSignal): Promise<void> {
    const cast = this.#cast;
    let doneCount = 0;
    let playedCount = 0;
    let progressMs = performance.now();
    while (!signal.aborted) {
      const madeCount = cast.sumOf('acknowledgedCount');
      const { first, all } = this.#backlog(await cast.status());
      const isIdle = first === 0 && cast.sumOf('pendingCount') === 0;
      const isLast = isIdle && !cast.release();
      if (isLast && all === 0) return;
      const isAllMade = cast.isAllReleased && cast.sumOf('pendingCount') === 0;
      if (isAllMade) await cast.calmOthers();
      if (isAllMade || cast.plan.isImpatient) await cast.hurryOthers();
      const isFurther = all !== undefined && madeCount - all > doneCount;
      // One kill after the other leaves no time for an answer.
      if ((isIdle && !isLast) || isFurther || this.#faultCount > playedCount) progressMs = performance.now();
      playedCount = this.#faultCount;
      if (isFurther) doneCount = madeCount - all;
      if (performance.now() - progressMs > PATIENCE_MS) {
        const state = JSON.stringify((await cast.status())?.sinks);
        throw new Error(`Nothing has been delivered for ${PATIENCE_MS} ms: ${state}`);
      }
      this.#watchRate();
      await pause(POLL_MS);
    }
  }

  /** What the sinks have still to do; nothing where nobody says. */
  #backlog(status: GatewayStatus | undefined): { readonly first?: number; readonly all?: number } {
    if (status === undefined) return {};
    let [first, all] = [0, 0];
    for (const { id, lanes, lastError } of status.sinks) {
      if (lastError !== undefined) this.#lastErrors.add(lastError);
      const count = lanes.reduce((sum, { backlogCount }) => sum + backlogCount, 0);
      if (id === FIRST_SINK) first = count;
      all += count;
    }
    return { first, all };
  }

  /** A rate grants nothing ahead: it holds from the beginning to any moment [D8]. */
  #watchRate(): void {
    const { plan, link, wrong } = this.#cast;
    const rate = plan.limits.maxBytesPerSecond ?? Infinity;
    const seconds = (performance.now() - this.#startedMs) / SECOND_MS;
    if (link.carriedBytes <= rate * seconds + MAX_RATE_EXCESS_BYTES || wrong.length > 0) return;
    wrong.push(`The link carried ${link.carriedBytes} bytes in ${seconds.toFixed(1)} s at ${rate} a second`);
  }

  /** Ends the gateway in peace, and looks what the hub has. */
  async judge(seconds: number): Promise<RunOutcome> {
    const cast = this.#cast;
    const { gateway, link, farEnd, others } = cast;
    link.calm();
    await cast.calmOthers();
    const metered = await this.#judgeMeter(link);
    const { code } = await gateway.stop();
    const { arrivals, wrong } = await farEnd.arrivals({ prefix: 'fleet', isBare: false });
    const publishers = cast.publishers.map(ledgerOf);
    const judged = [...judgeDelivery(arrivals, { publishers, ...this.#circumstances() })];
    const otherCounts: Record<string, number> = {};
    for (const other of others) {
      const came = await other.sink.arrivals();
      otherCounts[other.plan.id] = came.arrivals.length;
      const found = [...came.wrong, ...this.#judgeOther(other, came.arrivals, arrivals, publishers)];
      judged.push(...found.map((sentence) => `${other.plan.id}: ${sentence}`));
    }
    const { carriedBytes, connectionCount } = link;
    const ended = code === 0 ? [] : [`The gateway ended with ${code}: ${gateway.output.slice(-1000)}`];
    return {
      wrong: [...cast.wrong, ...wrong, ...judged, ...metered, ...ended],
      madeCount: cast.sumOf('madeCount'),
      arrivalCount: arrivals.length,
      distinctCount: new Set(arrivals.map(({ id }) => id)).size,
      ...{ otherCounts, faultCount: this.#faultCount, killCount: cast.killCount, hitCount: cast.hitCount },
      edgeCount: edgesOf(arrivals).length,
      ...{ connectionCount, carriedBytes, seconds, lastErrors: [...this.#lastErrors] },
    };
  }

  #circumstances() {
    const { hub, sink } = this.#cast.plan;
    const rejectedText = hub.kind === 'strict' ? hub.habits.rejectedText : undefined;
    const filtered = sink.filter.length > 0;
    return {
      passes: (topic: string) => !(filtered && topic.endsWith('/temperature')),
      streamOf: (topic: string) => (topic.startsWith('alerts/') ? 'alerts' : 'telemetry'),
      isLiveFirst: sink.order === 'liveFirst',
      isRejected: (payload: string) => rejectedText !== undefined && payload.includes(rejectedText),
    };
  }

  #judgeOther(
    { plan }: Other,
    came: readonly Arrival[],
    first: readonly Arrival[],
    publishers: readonly PublisherLedger[],
  ): readonly string[] {
    const isHub = plan.type === 'mqtt';
    const records = new Map(
      first.flatMap((arrival) => {
        const isOurs = arrival.kind !== 'lost' && !OWN_TOPICS.test(arrival.topic);
        return isOurs ? [[arrival.id, arrival] as const] : [];
      }),
    );
    return judgeForwarded(came, {
      ...{ publishers, records: [...records.values()], filter: plan.filter, killCount: this.#cast.gatewayKillCount },
      isLiveFirst: isHub && plan.order === 'liveFirst',
      hasIds: isHub ? plan.envelope !== 'none' : plan.type !== 'influxdb' && plan.type !== 'influxd',
      isRejected: isHub ? this.#circumstances().isRejected : () => false,
    });
  }

  /** What the gateway says that it sent and received, against what the link carried [D8]. Each start counts anew. */
  async #judgeMeter(link: FlakyLink): Promise<readonly string[]> {
    if (this.#cast.gatewayKillCount > 0) return [];
    const found = (await this.#cast.status())?.links?.find(({ id }) => id === LINK);
    if (found === undefined) return ['The gateway says nothing of its link'];
    const countedBytes = found.sentBytes + found.receivedBytes;
    const excessBytes = countedBytes - link.carriedBytes;
    const errorBytes = MAX_METER_ERROR * link.carriedBytes;
    if (excessBytes >= -errorBytes && excessBytes <= errorBytes + MAX_UNSEEN_BYTES * link.connectionCount) return [];
    return [`The gateway counted ${countedBytes} bytes, and the link carried ${link.carriedBytes}`];
  }
}

function ledgerOf(publisher: Cast['publishers'][number]): PublisherLedger {
  const { clientId, madeCount, interruptedCounters } = publisher;
  const topics = topicsOf(clientId);
  const topicOf = (counter: number) => topics[(counter - 1) % topics.length] ?? '';
  return { clientId, madeCount, interruptedCounters, topicOf, acceptedWithin: (at) => publisher.acceptedWithin(at) };
}
