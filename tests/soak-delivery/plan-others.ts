import { pick, type SeededRandom, seededRandom } from '#tests/support/seeded-random.ts';
import type { MemoryFilter } from './memory-filter.ts';

/** A sink beside the first one, which has other faults and may have a filter with a memory. */
export type OtherPlan = {
  /** Its name in the configuration, and its prefix at the hub. */
  readonly id: string;
  readonly seed: number;
  readonly filter: MemoryFilter | undefined;
} & (
  | HubPlan
  | {
      readonly type: 'file';
      readonly compress: 'none' | 'zstd';
      readonly maxFileBytes: number;
      readonly maxAgeMs: number;
    }
  | ({ readonly type: 'webhook'; readonly maxEvents: number } & ServerHabits)
  | ({ readonly type: 'influxdb'; readonly writer: 'package' | 'native' } & ServerHabits)
  | ({ readonly type: 'influxd' } & InfluxdHabits)
);

/** A real server, and a sink that leads to it. */
export type InfluxdPlan = Extract<OtherPlan, { readonly type: 'influxd' }>;

interface InfluxdHabits extends Omit<ServerHabits, 'failsOnceIn'> {
  readonly writer: 'package' | 'native';
  readonly maxEvents: number;
}

/** A second session at the same hub, over the same link. */
export interface HubPlan {
  readonly type: 'mqtt';
  readonly envelope: 'properties' | 'structured' | 'none';
  readonly order: 'oldestFirst' | 'liveFirst';
  readonly batch?: BatchPlan;
}

/** How events go together. */
export interface BatchPlan {
  readonly maxEvents: number;
  readonly maxAgeMs: number;
  readonly codec: 'zstd' | 'columns';
}

/** How a server over HTTP behaves. */
export interface ServerHabits {
  /** So seldom it fails, is silent, or answers as something else would. */
  readonly failsOnceIn: number;
  /** Connections break after at most so many bytes. */
  readonly breaksWithinBytes: number;
  readonly delayMs: number;
}

/** What the plan of the first sink leaves open to the others. */
export interface Surroundings {
  readonly protocol: 5 | '3.1.1';
  /** The hub rejects some for good: who hears of it must have ids. */
  readonly isRejecting: boolean;
  /** Of batches. */
  readonly codec: BatchPlan['codec'];
}

const SILENCE_MS = [300, 500, 800];

/** Which InfluxDB it is, is drawn from a seed of its own. */
const INFLUXD_SEEDS = 4_000_000_007;
/** The other ones pretend, and fail as no real one does. */
const INFLUXD_SHARE = 0.6;

/** One or two of them. */
export function planOthers(seed: number, around: Surroundings): readonly OtherPlan[] {
  return drawOthers(seed, around).map((plan) => (plan.type === 'influxdb' ? planInfluxd(plan) : plan));
}

function drawOthers(seed: number, around: Surroundings): readonly OtherPlan[] {
  const random = seededRandom(seed);
  const kinds = [planHub, planFile, planWebhook, planInfluxdb];
  const first = random.integer(0, kinds.length - 1);
  const count = random.next() < 0.4 ? 2 : 1;
  // Not twice the same.
  const step = random.integer(1, kinds.length - 1);
  return Array.from({ length: count }, (_, index) => {
    const plan = kinds[(first + index * step) % kinds.length] ?? planHub;
    return plan(random, around);
  });
}

function planHub(random: SeededRandom, { protocol, isRejecting, codec }: Surroundings): OtherPlan {
  const isBare = random.next() < 0.4 && !isRejecting;
  const isLiveFirst = random.next() < 0.5;
  const batchEvents = pick(random, [0, 20, 100]);
  const maxAgeMs = pick(random, [1, 100]);
  const filter = planFilter(random, { hasIds: !isBare, keepsAll: 0.2 });
  const seed = seedOf(random);
  const usual = { id: 'second', type: 'mqtt', seed, filter } as const;
  if (isBare) return { ...usual, envelope: 'none', order: 'oldestFirst' };
  const envelope = protocol === 5 ? 'properties' : 'structured';
  const batch = batchEvents === 0 ? {} : { batch: { maxEvents: batchEvents, maxAgeMs, codec } };
  return { ...usual, envelope, order: isLiveFirst ? 'liveFirst' : 'oldestFirst', ...batch };
}

function planFile(random: SeededRandom): OtherPlan {
  return {
    ...{ id: 'drive', type: 'file', seed: seedOf(random), compress: pick(random, ['none', 'zstd'] as const) },
    ...{ maxFileBytes: pick(random, [2 ** 16, 2 ** 18, 2 ** 22]), maxAgeMs: pick(random, [0, 20, 200]) },
    filter: planFilter(random, { hasIds: true, keepsAll: 0.5 }),
  };
}

function planWebhook(random: SeededRandom): OtherPlan {
  const maxEvents = pick(random, [10, 100, 1000]);
  const habits = planHabits(random, 10 * maxEvents);
  const filter = planFilter(random, { hasIds: true, keepsAll: 0.3 });
  return { id: 'hook', type: 'webhook', seed: seedOf(random), maxEvents, ...habits, filter };
}

function planInfluxdb(random: SeededRandom): OtherPlan {
  const writer = pick(random, ['package', 'native'] as const);
  const habits = planHabits(random, 2000);
  const filter = planFilter(random, { hasIds: false, keepsAll: 0.5 });
  return { id: 'influx', type: 'influxdb', seed: seedOf(random), writer, ...habits, filter };
}

/** Some have a real server in the place of one that pretends. */
function planInfluxd(plan: Extract<OtherPlan, { readonly type: 'influxdb' }>): OtherPlan {
  const random = seededRandom(plan.seed + INFLUXD_SEEDS);
  const isReal = random.next() < INFLUXD_SHARE;
  const maxEvents = pick(random, [20, 200, 2000]);
  const { id, seed, filter, writer, delayMs } = plan;
  const pointBytes = writer === 'package' ? PLAIN_POINT_BYTES : PACKED_POINT_BYTES;
  const breaksWithinBytes = REQUEST_BYTES + pointBytes * maxEvents * random.integer(2, 8);
  return isReal ? { id, type: 'influxd', seed, filter, writer, maxEvents, breaksWithinBytes, delayMs } : plan;
}

/** What a point takes on the way, and a request beside its points. */
const [PLAIN_POINT_BYTES, PACKED_POINT_BYTES, REQUEST_BYTES] = [130, 15, 300];

function planHabits(random: SeededRandom, eventCount: number): ServerHabits {
  const failsOnceIn = random.integer(3, 20);
  const breaksWithinBytes = 400 * random.integer(eventCount, 4 * eventCount);
  return { failsOnceIn, breaksWithinBytes, delayMs: random.next() < 0.3 ? random.integer(1, 30) : 0 };
}

function planFilter(
  random: SeededRandom,
  { hasIds, keepsAll }: { readonly hasIds: boolean; readonly keepsAll: number },
): MemoryFilter | undefined {
  const topics = pick(random, [['sensors/#'], ['sensors/#', 'alerts/#']]);
  const isNone = random.next() < keepsAll;
  const kind = random.integer(0, hasIds ? 3 : 1);
  const absolute = pick(random, [0, 4, 25]);
  // The last lets through one event of each topic, whatever happens.
  const intervalMs = pick(random, [20, 300, 2000, 3_600_000]);
  if (isNone) return undefined;
  if (kind === 0) return { topics, kind: 'onChange' };
  if (kind === 1) return { topics, kind: 'deadband', absolute };
  if (kind === 2) return { topics, kind: 'deadband', absolute, maxIntervalMs: intervalMs };
  return { topics, kind: 'minInterval', minIntervalMs: intervalMs };
}

/** How long the sink waits for an answer. */
export function silenceMsOf({ seed }: OtherPlan): number {
  return pick(seededRandom(seed), SILENCE_MS);
}

function seedOf(random: SeededRandom): number {
  return random.integer(0, 2 ** 31);
}

/** In a few words. */
export function describeOther({ id, seed: _, filter, ...rest }: OtherPlan): string {
  return `${id} ${JSON.stringify(rest)}${filter === undefined ? '' : ` with ${JSON.stringify(filter)}`}`;
}
