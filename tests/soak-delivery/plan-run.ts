import type { LinkBreak, LinkDirection } from '#tests/support/flaky-link.ts';
import { pick, type SeededRandom, seededRandom } from '#tests/support/seeded-random.ts';
import { type LinkLimits, type LinkPlan, type ModeChange, planLink, type SpentDay } from './plan-link.ts';
import { type BatchPlan, describeOther, type OtherPlan, planOthers } from './plan-others.ts';

/** One run, as a value: the same seed and number of events give the same. */
export interface RunPlan {
  readonly seed: number;
  readonly eventCount: number;
  /** In flight of each publisher: few make the intake last as long as the chaos. */
  readonly publisherWindow: number;
  readonly hub: { readonly kind: 'strict'; readonly habits: HubHabits } | { readonly kind: 'mosquitto' };
  readonly sink: SinkPlan;
  /** Sinks beside it. */
  readonly others: readonly OtherPlan[];
  readonly limits: LinkLimits;
  readonly delayMs: number;
  /** Delays of the sink are ended by hand, as `waystation sinks retry` does. */
  readonly isImpatient: boolean;
  readonly faults: readonly Fault[];
}

/** How a strict hub behaves. */
export interface HubHabits {
  readonly seed: number;
  readonly receiveMaximum?: number;
  readonly maximumPacketSize?: number;
  readonly maximumQos?: 0;
  /** The one version that it speaks. */
  readonly onlyLevel?: 4 | 5;
  /** So seldom it turns a publish away, sends what is no packet. */
  readonly unwillingOnceIn?: number;
  readonly babbleOnceIn?: number;
  /** Payloads with this text are rejected for good; MQTT 5 alone. */
  readonly rejectedText?: string;
}

/** What the configuration of the sink says, beside its address. */
export interface SinkPlan {
  readonly protocol: 5 | '3.1.1';
  readonly envelope: 'properties' | 'structured';
  readonly window: { readonly maxEvents: number; readonly maxBytes: string; readonly ackTimeoutMs: number };
  readonly filter: readonly object[];
  readonly order: 'oldestFirst' | 'liveFirst';
  readonly batch?: BatchPlan;
}

/** What happens to the link, or at its ends. */
export type Fault = LinkFault | GatewayKill | ModeChange | SpentDay;

/** What strikes after so many bytes. */
export type LinkFault = Trigger &
  (
    | { readonly kind: 'break'; readonly how: LinkBreak; readonly outageMs: number }
    | { readonly kind: 'limit'; readonly bytesPerSecond: number; readonly forBytes: number }
    | { readonly kind: 'killHub'; readonly awayMs: number }
  );

/** Once it has acknowledged so many publishes more; `isCut`: the link is down meanwhile, and comes back after the restart. */
export interface GatewayKill {
  readonly kind: 'killGateway';
  readonly afterAcknowledged: number;
  readonly isCut: boolean;
}

/** A fault strikes once so many bytes more have passed in that direction: in the middle of a packet, as a rule. */
export interface Trigger {
  readonly direction: LinkDirection;
  readonly afterBytes: number;
}

/** One event of a structured envelope takes about that on the wire, and its acknowledgement four bytes. */
const EVENT_BYTES = 420;
const ACKNOWLEDGEMENT_BYTES = 4;
/** The handshake, and a little of what follows; of what comes back CONNACK, and some acknowledgements. */
const EARLY_BYTES = 400;
/** And as one of many in a batch. */
const BATCHED_BYTES = 25;

/** What concerns the link or other sinks is drawn from seeds of its own. */
const [LINK_SEEDS, OTHER_SEEDS, CODEC_SEEDS] = [1_000_000_007, 2_000_000_011, 3_000_000_019];

/** Where hardly anything is in flight, each event waits for the one before: a run would take minutes. */
const SLOW_SHARE = 0.2;

/** Makes the plan of a seed. Every number is drawn whether it is used or not, so that one choice changes no other. */
export function planRun(seed: number, eventCount: number): RunPlan {
  const random = seededRandom(seed);
  const isMosquitto = random.next() < 0.12;
  const protocol = random.next() < 0.5 ? 5 : '3.1.1';
  const habits = planHabits(random, protocol);
  const envelope = random.next() < 0.5 && protocol === 5 ? 'properties' : 'structured';
  const batchEvents = pick(random, [0, 0, 1, 20, 100, 500]);
  const maxAgeMs = pick(random, [1, 100, 1000]);
  const maxEvents = pick(random, [1, 10, 100, 100, 500]);
  const ackTimeoutMs = pick(random, [300, 500, 800]);
  const publisherWindow = pick(random, [3, 20, 100]);
  const delayMs = random.next() < 0.15 ? random.integer(1, 40) : 0;
  const isImpatient = random.next() < 0.6;
  const dropsSome = random.next() < 0.3;
  const order = random.next() < 0.35 ? 'liveFirst' : 'oldestFirst';
  const faultCount = random.integer(8, 16);
  const inFlight = Math.min(maxEvents, isMosquitto ? Infinity : (habits.receiveMaximum ?? Infinity));
  const ownCount = Math.ceil(inFlight < 20 ? SLOW_SHARE * eventCount : eventCount);
  // What Mosquitto has passed on is known when nothing comes any more.
  const modes = isMosquitto ? (['off'] as const) : (['metered', 'off'] as const);
  const link = planLink(seed + LINK_SEEDS, ownCount * wireBytesOf(batchEvents), modes);
  const isRejecting = !isMosquitto && habits.rejectedText !== undefined;
  // The hub rejects by what stands in a batch, and reads no columns.
  const codec = isRejecting ? 'zstd' : pick(seededRandom(seed + CODEC_SEEDS), ['zstd', 'columns'] as const);
  return {
    ...{ seed, eventCount: ownCount, publisherWindow, isImpatient, delayMs: inFlight < 20 ? 0 : delayMs },
    hub: isMosquitto ? { kind: 'mosquitto' } : { kind: 'strict', habits },
    sink: {
      ...{
        protocol,
        envelope,
        order,
        window: { maxEvents, maxBytes: pick(random, ['4KiB', '64KiB', '256KiB']), ackTimeoutMs },
      },
      filter: dropsSome ? [{ topics: ['sensors/+/temperature'], drop: true }] : [],
      ...(batchEvents === 0 ? {} : { batch: { maxEvents: batchEvents, maxAgeMs, codec } }),
    },
    others: planOthers(seed + OTHER_SEEDS, { protocol, isRejecting, codec }),
    limits: link.limits,
    faults: withLinkPlan(
      planFaults(random, { count: faultCount, eventCount: ownCount, isMosquitto, batchEvents }),
      link,
    ),
  };
}

function planHabits(random: SeededRandom, protocol: 5 | '3.1.1'): HubHabits {
  const seed = random.integer(0, 2 ** 31);
  const kind = random.next();
  const onceIn = random.integer(400, 4000);
  const receiveMaximum = pick(random, [1, 8, 20, 100]);
  if (kind < 0.15) return { seed, unwillingOnceIn: onceIn };
  if (kind < 0.25) return { seed, babbleOnceIn: onceIn };
  if (kind < 0.35) return { seed, onlyLevel: protocol === 5 ? 5 : 4 };
  if (kind < 0.55 && protocol === 5) return { seed, receiveMaximum, maximumPacketSize: 10_000 };
  // Each of the three publishers has some such counters, from 77 on.
  if (kind < 0.75 && protocol === 5) return { seed, rejectedText: '"counter":77' };
  return { seed };
}

function planFaults(random: SeededRandom, { count, eventCount, isMosquitto, batchEvents }: Size): readonly Fault[] {
  const faults: Fault[] = [];
  const share = Math.ceil(eventCount / (count + 1));
  for (let index = 0; index < count; index++) {
    const direction = random.next() < 0.7 ? 'up' : 'down';
    const unit = direction === 'up' ? wireBytesOf(batchEvents) : ACKNOWLEDGEMENT_BYTES / Math.max(1, batchEvents);
    // Some within the handshake or the first events, the others anywhere.
    const isEarly = random.next() < 0.25;
    const afterBytes = random.integer(
      1,
      Math.ceil(isEarly ? (direction === 'up' ? EARLY_BYTES : EARLY_BYTES / 20) : share * unit),
    );
    faults.push(planFault(random, { direction, afterBytes }, { share, isMosquitto }));
  }
  return faults;
}

/** Of one event. @param batchEvents 0 for none */
function wireBytesOf(batchEvents: number): number {
  return batchEvents === 0 ? EVENT_BYTES : BATCHED_BYTES + EVENT_BYTES / batchEvents;
}

/** A day is spent before all else, the mode changes anywhere. */
function withLinkPlan(faults: readonly Fault[], { spentDay, changes }: LinkPlan): readonly Fault[] {
  const all = [...faults];
  for (const [index, change] of changes.entries()) {
    all.splice(Math.floor(((index + 1) * all.length) / (changes.length + 1)), 0, change);
  }
  return spentDay === undefined ? all : [spentDay, ...all];
}

interface Size {
  readonly count: number;
  readonly eventCount: number;
  readonly isMosquitto: boolean;
  /** 0 for none. */
  readonly batchEvents: number;
}

function planFault(
  random: SeededRandom,
  trigger: Trigger,
  { share, isMosquitto }: { readonly share: number; readonly isMosquitto: boolean },
): Fault {
  const kind = random.next();
  const outageMs = random.next() < 0.2 ? random.integer(50, 1500) : 0;
  const bytesPerSecond = random.integer(100_000, 1_000_000);
  const forBytes = random.integer(10_000, 200_000);
  const [afterAcknowledged, isCut] = [random.integer(1, share), random.next() < 0.5];
  if (kind < 0.35) return { ...trigger, kind: 'break', how: 'reset', outageMs };
  if (kind < 0.55) return { ...trigger, kind: 'break', how: 'close', outageMs };
  if (kind < 0.68) return { ...trigger, kind: 'break', how: 'halfOpen', outageMs };
  if (kind < 0.78) return { ...trigger, kind: 'break', how: 'deaf', outageMs };
  if (kind < 0.83) return { ...trigger, kind: 'limit', bytesPerSecond, forBytes };
  if (kind < 0.92) return { kind: 'killGateway', afterAcknowledged, isCut };
  // What Mosquitto has acknowledged and not passed on dies with it.
  if (isMosquitto) return { ...trigger, kind: 'break', how: 'reset', outageMs };
  return { ...trigger, kind: 'killHub', awayMs: outageMs };
}

/** The scenario in one line. */
export function describePlan({
  eventCount,
  hub,
  sink,
  others,
  limits,
  delayMs,
  faults,
  publisherWindow,
}: RunPlan): string {
  const { seed: _, ...habits } = hub.kind === 'strict' ? hub.habits : { seed: 0 };
  const hubText = hub.kind === 'mosquitto' ? 'Mosquitto' : `strict hub ${JSON.stringify(habits)}`;
  const { protocol, envelope, order, window, filter, batch } = sink;
  const form =
    batch === undefined ? envelope : `batches of ${batch.maxEvents} within ${batch.maxAgeMs} ms by ${batch.codec}`;
  return (
    `${eventCount} events, ${hubText}, MQTT ${protocol}, ${form}, ${order}, window ${window.maxEvents} and ${window.maxBytes}, ${window.ackTimeoutMs} ms to acknowledge, ` +
    `publishers with ${publisherWindow}, delay ${delayMs} ms${filter.length > 0 ? ', filtered' : ''}, link ${JSON.stringify(limits)}, ` +
    `${others.map((other) => `${describeOther(other)}, `).join('')}${faults.length} faults`
  );
}

/** Its faults in a few words. */
export function describeFaults({ faults }: RunPlan): string {
  return faults
    .map((fault) => {
      if (fault.kind === 'killGateway')
        return `gateway killed after ${fault.afterAcknowledged}${fault.isCut ? ', link cut' : ''}`;
      if (fault.kind === 'mode')
        return `${fault.mode} for ${fault.forMs} ms${fault.isKilled ? ', gateway killed' : ''}`;
      if (fault.kind === 'spendDay') return `day spent, gateway killed ${fault.killCount} times`;
      const { direction, afterBytes, kind } = fault;
      return `${kind === 'break' ? fault.how : kind} after ${afterBytes} bytes ${direction}`;
    })
    .join(', ');
}
