/**
 * Hostile clients at every listener of a real gateway, and the judges: the process lives, an honest pair loses nothing, and
 * memory stays flat. What hostile clients send is in `hostile-input.ts`; start reading at {@link fuzzBroker}.
 */
import { readFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { TestCertificates } from '#gateway/broker/listeners/testing/test-certificates.ts';
import { findFreePorts } from '#tests/support/free-ports.ts';
import { PUBLISHER, startReadyGateway, testConfig, writeConfig } from '#tests/support/gateway-process.ts';
import { readUsage } from '#tests/support/process-usage.ts';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';
import { type SeededRandom, seededRandom } from '#tests/support/seeded-random.ts';
import { until } from '#tests/support/until.ts';
import { HonestPair } from './honest-pair.ts';
import { HOSTILE_TOPICS, type HostileInput, hostileInput } from './hostile-input.ts';

/** How {@link fuzzBroker} runs. */
export interface FuzzBrokerOptions {
  /** Of the first connection; each further one has the next number. */
  readonly seed: number;
  readonly maxMs: number;
  readonly onProgress?: (progress: FuzzBrokerProgress) => void;
}

/** How far a run has come. */
export interface FuzzBrokerProgress {
  readonly connectionCount: number;
  readonly honestCount: number;
  readonly slowestMs: number;
  readonly rssBytes: number;
  /** What the process has grown by since the run warmed up. */
  readonly grownBytes: number;
}

/** What came of a run; no faults: all is well. */
export interface FuzzBrokerResult extends FuzzBrokerProgress {
  readonly faults: readonly string[];
}

/** Hostile connections at once. */
const WORKERS = 12;
/** How long a hostile client that says nothing more is left alone. */
const SILENCE_MS = 150;
/** Far beyond what an honest publish takes on a machine that has too much to do; a stall is longer. */
const HONEST_LIMIT_MS = 10_000;
const HONEST_PAUSE_MS = 10;
const PROGRESS_MS = 5000;
/** Part of the run after which the process should have its size. */
const WARM_UP = 0.4;
/** Collections are late and pages are kept: growth within it says nothing. */
const MAX_GROWTH_BYTES = 64 * 2 ** 20;

/** Of the end of the log, with a fault. */
const MAX_OUTPUT_CHARS = 4000;

/** Runs a gateway in a folder of its own and lets hostile clients loose on it. */
export async function fuzzBroker(options: FuzzBrokerOptions): Promise<FuzzBrokerResult> {
  await using folder = await openScratchFolder();
  await using made = await TestCertificates.make();
  const { cert, key } = await made.issue('gateway');
  const [plain = 0, ...others] = await findFreePorts(5);
  const tls = { host: '127.0.0.1', cert, key };
  const [mqtts, ws, wss, proxied] = others;
  const base = testConfig({ brokerPort: plain });
  const client = {
    username: PUBLISHER.username,
    passwordFile: 'secrets/publisher',
    publish: ['honest/#'],
    subscribe: ['honest/#'],
  };
  const listeners = [
    { type: 'mqtt', port: plain },
    { type: 'mqtts', port: mqtts, ...tls },
    { type: 'ws', port: ws },
    { type: 'wss', port: wss, ...tls },
    { type: 'mqtt', port: proxied, trustedProxies: ['127.0.0.1'] },
  ];
  const anonymous = { publish: [HOSTILE_TOPICS], subscribe: [HOSTILE_TOPICS] };
  const configFile = await writeConfig(folder.path, {
    ...base,
    broker: { listeners, anonymous, clients: [client] },
    log: { level: 'warn' },
  });
  await using gateway = await startReadyGateway(configFile, plain);
  await using pair = await HonestPair.connect(plain, PUBLISHER);
  const ca = await readFile(made.ca);
  const doors: Door[] = [plain, mqtts, ws, wss, proxied].flatMap((port = 0) => [
    () => connectTcp({ host: '127.0.0.1', port }),
  ]);
  for (const port of [mqtts, wss]) doors.push(() => connectTls({ host: '127.0.0.1', port, ca }));
  // Awaited here: what it works with is disposed of at the end of this function.
  return await judge(options, {
    doors,
    pair,
    pid: gateway.pid,
    isRunning: () => gateway.isRunning,
    output: () => gateway.output,
  });
}

type Door = () => Duplex;

interface Trial {
  readonly doors: readonly Door[];
  readonly pair: HonestPair;
  readonly pid: number;
  readonly isRunning: () => boolean;
  /** What the gateway printed. */
  readonly output: () => string;
}

async function judge({ maxMs, onProgress, seed }: FuzzBrokerOptions, trial: Trial): Promise<FuzzBrokerResult> {
  const { pair, pid, isRunning, output } = trial;
  const startedMs = performance.now();
  const faults: string[] = pair.faults;
  let [connectionCount, warmBytes, toldMs] = [0, 0, startedMs];
  const isOver = () => performance.now() - startedMs >= maxMs || faults.length > 0;
  const attack = async () => {
    while (!isOver()) await strike(seededRandom((seed + connectionCount++) >>> 0), trial.doors);
  };
  const attackers = Array.from({ length: WORKERS }, attack);
  const progress = (): FuzzBrokerProgress => {
    const { rssBytes } = readUsage(pid);
    const grownBytes = warmBytes === 0 ? 0 : rssBytes - warmBytes;
    return { connectionCount, honestCount: pair.receivedCount, slowestMs: pair.slowestMs, rssBytes, grownBytes };
  };
  let last = progress();
  try {
    while (!isOver()) {
      await pair.publish(HONEST_LIMIT_MS);
      await new Promise((resolve) => setTimeout(resolve, HONEST_PAUSE_MS));
      if (warmBytes === 0 && performance.now() - startedMs > WARM_UP * maxMs) warmBytes = readUsage(pid).rssBytes;
      if (performance.now() - toldMs < PROGRESS_MS) continue;
      toldMs = performance.now();
      last = progress();
      onProgress?.(last);
    }
    await Promise.all(attackers);
    await until('the honest subscriber has everything', HONEST_LIMIT_MS, async () => pair.isComplete);
    last = progress();
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error));
  }
  if (!isRunning()) faults.push('the gateway ended');
  if (last.grownBytes > MAX_GROWTH_BYTES)
    faults.push(`the process has grown by ${last.grownBytes} bytes since the run warmed up`);
  return { ...last, faults: faults.length === 0 ? faults : [...faults, output().slice(-MAX_OUTPUT_CHARS)] };
}

/** One hostile connection, from its begin to its end. */
async function strike(random: SeededRandom, doors: readonly Door[]): Promise<void> {
  const input = hostileInput(random);
  const stream = doors[random.integer(0, doors.length - 1)]?.();
  if (stream === undefined) return;
  const closed = new Promise<void>((resolve) => stream.once('close', resolve));
  stream.on('error', () => {}).resume();
  await send(stream, input);
  if (input.ending === 'end') stream.end();
  if (input.ending === 'reset') stream.destroy();
  const silence = new Promise<void>((resolve) => setTimeout(resolve, SILENCE_MS));
  await Promise.race([closed, silence]);
  stream.destroy();
}

async function send(stream: Duplex, { pieces }: HostileInput): Promise<void> {
  for (const piece of pieces) {
    if (stream.destroyed) return;
    stream.write(piece);
    // A piece of its own for the gateway too, mostly.
    await new Promise((resolve) => setImmediate(resolve));
  }
}
