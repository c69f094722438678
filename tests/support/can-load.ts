import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compileDbc } from '#devices/can/dbc/compile-dbc.ts';
import { parseDbc } from '#devices/can/dbc/parse-dbc.ts';
import { composeLoadDbc, loadMessageName, MODE_PERIOD } from '#firmware-sim/bus/load-bus.ts';
import type { CanLedgerLine, FramesEvent, IdAccount } from '#firmware-sim/can/can-account.ts';
import type { GatewayStatus } from '#gateway/model/status.ts';
import { Child } from './child.ts';
import { findFreePort } from './free-ports.ts';
import { readStatus, startReadyGateway, testConfig, writeConfig } from './gateway-process.ts';
import { type MessageTrail, readLoadJournal } from './load-journal.ts';
import { type ProcessUsage, readUsage } from './process-usage.ts';
import { until } from './until.ts';

/** How long and how hard. */
export interface CanLoadOptions {
  readonly folder: string;
  /** From the moment when the ports are there until the buses fall silent. */
  readonly seconds: number;
  readonly framesPerSecond: number;
  readonly messageCount: number;
  readonly say: (text: string) => void;
}

/** What came of it. */
export interface CanLoadResult {
  readonly buses: readonly BusResult[];
  readonly gateway: UsageResult;
  readonly simulator: UsageResult;
  /** Epochs that the receiver sent, and positions in the journal. */
  readonly epochCount: number;
  readonly positionCount: number;
  /** What differs from what must be, in words; empty when all is as it must be. */
  readonly problems: readonly string[];
}

/** One port. */
export interface BusResult {
  readonly id: string;
  readonly ledger: Omit<FramesEvent, 'ids' | 'event'>;
  /** Frames that the gateway counted. */
  readonly readCount: number;
  readonly unchangedCount: number;
  /** Events in the journal. */
  readonly eventCount: number;
  /** Frames for each event. */
  readonly reductionRatio: number;
}

/** One process, while the buses spoke. */
export interface UsageResult {
  /** Of one core. */
  readonly cpuShare: number;
  /** After a quarter of the time, and at the end. */
  readonly warmRssBytes: number;
  readonly endRssBytes: number;
}

/** The port of the simulator, and the id of the gateway's device; an adapter of each kind. */
const BUSES = [
  { port: 'one', id: 'can0', adapter: 'lawicel' },
  { port: 'two', id: 'can1', adapter: 'canable' },
] as const;

/** What both adapters hold while the gateway gets no time: on a busy machine that may be seconds. What waited is part of the result. */
const QUEUE_FRAMES = 65_536;
const DRAIN_LIMIT_MS = 60_000;
const START_LIMIT_MS = 60_000;

/** Two full buses beside a receiver into a real gateway, and its journal held against the ledger of the simulator. */
export async function runCanLoad(options: CanLoadOptions): Promise<CanLoadResult> {
  const { folder, say, seconds } = options;
  const files = await writeFiles(options);
  await using gateway = await startReadyGateway(files.config, files.brokerPort);
  const args = ['--dir', folder, '--ledger', files.ledger, '--json'];
  await using sim = new Child(process.execPath, ['firmware-sim/main.ts', 'sim', files.scenario, ...args]);
  await sim.waitForLine(/"ready"/, START_LIMIT_MS);
  say(`the ports are there; ${seconds} s to go`);
  const watched = [gateway, sim].map(({ pid }) => new UsageWatch(pid));
  for (let second = 0; second < seconds; second++) {
    // A load lasts as long as it is asked to: nothing is waited for here.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    for (const watch of watched) watch.look();
    if (second % SAY_SECONDS === SAY_SECONDS - 1) say(watched.map((watch) => watch.describe()).join('; '));
  }
  const [gatewayUsage, simulator] = watched.map((watch) => watch.result);
  if (gatewayUsage === undefined || simulator === undefined) throw new Error('nothing was watched');
  const status = await untilQuiet(files.config);
  await gateway.stop();
  await sim.stop();
  say('reading the journal');
  const journal = await readLoadJournal(join(folder, 'data'));
  return { gateway: gatewayUsage, simulator, ...judge(options, files.ledger, status, journal) };
}

const SAY_SECONDS = 10;

async function writeFiles({ folder, framesPerSecond, messageCount, seconds }: CanLoadOptions) {
  const load = { bus: 'load', framesPerSecond, messageCount, queueFrames: QUEUE_FRAMES };
  const scenario = join(folder, 'scenario.json');
  const dbc = join(folder, 'load.dbc');
  await writeFile(dbc, composeLoadDbc({ messageCount }));
  await writeFile(
    scenario,
    JSON.stringify({
      receivers: [{ rateHz: 10, baud: 115_200 }],
      can: BUSES.map(({ adapter, port }) => ({ name: port, adapter, ...load })),
      steps: BUSES.map(({ port }) => ({ atMs: seconds * 1_000, do: 'ignitionOff', port })),
    }),
  );
  const pathOf = (port: string) => join(folder, 'serial/by-id', `usb-Waystation_Simulated_${port.toUpperCase()}-if00`);
  const report = { default: { minIntervalMs: 1_000, maxIntervalMs: 10_000 } };
  const brokerPort = await findFreePort();
  const devices = [
    { id: 'gps0', type: 'gnss', path: pathOf('gnss'), baud: 115_200 },
    ...BUSES.map(({ adapter, id, port }) => ({
      id,
      type: 'slcan',
      adapter,
      path: pathOf(port),
      bitrate: 1_000_000,
      dbc: [dbc],
      report,
    })),
  ];
  const config = await writeConfig(folder, testConfig({ brokerPort, devices }));
  return { scenario, config, brokerPort, ledger: join(folder, 'ledger.ndjson') };
}

/** The status once nothing comes any more. */
async function untilQuiet(configFile: string): Promise<GatewayStatus> {
  let counted = -1;
  return await until('the gateway has read all', DRAIN_LIMIT_MS, async () => {
    const status = await readStatus(configFile);
    const frames = status?.sources.reduce((total, { can }) => total + (can?.frameCount ?? 0), 0) ?? 0;
    const isQuiet = frames > 0 && frames === counted;
    counted = frames;
    return isQuiet ? status : undefined;
  });
}

type Journal = Awaited<ReturnType<typeof readLoadJournal>>;

function judge({ messageCount }: CanLoadOptions, ledger: string, status: GatewayStatus, journal: Journal) {
  const lines = readFileSync(ledger, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const problems: string[] = [];
  const buses = BUSES.map(({ id, port }): BusResult => {
    const frames = (lines as readonly CanLedgerLine[]).findLast(
      (line) => line.port === port && line.event === 'frames',
    );
    if (frames?.event !== 'frames') throw new Error(`the ledger has no frames of ${port}`);
    const isListening = (lines as readonly CanLedgerLine[]).every(
      (line) => line.port !== port || line.event !== 'opened' || line.mode === 'listenOnly',
    );
    if (!isListening) problems.push(`${id}: opened as a node of the bus [S4]`);
    const { ids, event: _event, ...ledgerCounts } = frames;
    const can = status.sources.find((source) => source.id === id)?.can;
    const readCount = can?.frameCount ?? 0;
    if (frames.made !== frames.sent) problems.push(`${id}: ${frames.made} frames made, ${frames.sent} sent`);
    if (readCount !== frames.sent) problems.push(`${id}: ${frames.sent} frames sent, ${readCount} read`);
    let eventCount = 0;
    for (const [index, account] of ids.entries()) {
      const trail = journal.trails.get(`devices/${id}/${loadMessageName(index)}`);
      eventCount += trail?.eventCount ?? 0;
      problems.push(...compare(account, trail, messageCount).map((problem) => `${id} ${account.id}: ${problem}`));
    }
    const reductionRatio = frames.sent / eventCount;
    return {
      id,
      ledger: ledgerCounts,
      readCount,
      unchangedCount: can?.unchangedCount ?? 0,
      eventCount,
      reductionRatio,
    };
  });
  const epochCount = lines.filter((line) => 'receiver' in line).length;
  const positionCount = journal.others.get('devices/gps0/position') ?? 0;
  // The first epochs, before the reader has found its feet, and the last may be missing.
  if (positionCount < epochCount - SPARE_EPOCHS)
    problems.push(`gps0: ${epochCount} epochs, ${positionCount} positions`);
  return { buses, epochCount, positionCount, problems };
}

const SPARE_EPOCHS = 20;

/** What the journal has of a message against what was sent: every change of the enumeration, and the last state. */
function compare(account: IdAccount, trail: MessageTrail | undefined, messageCount: number): readonly string[] {
  if (trail === undefined) return ['no event'];
  const problems: string[] = [];
  const changes = Math.floor((account.sent - 1) / MODE_PERIOD);
  if (trail.modeGapCount > 0) problems.push(`${trail.modeGapCount} times a change of Mode is missing`);
  if (trail.modeChangeCount !== changes)
    problems.push(`${changes} changes of Mode, ${trail.modeChangeCount} published`);
  for (const [name, { phys }] of Object.entries(decoded(account, messageCount))) {
    if (trail.last[name] !== phys) problems.push(`${name} ended as ${phys}, published was ${trail.last[name]}`);
  }
  return problems;
}

function decoded({ id, last }: IdAccount, messageCount: number) {
  const dbc = parseDbc(composeLoadDbc({ messageCount }));
  if (!dbc.isDecoded) throw new Error(`the DBC of the load is none: ${dbc.reason}`);
  const data = Uint8Array.from(Buffer.from(last, 'hex'));
  const message = compileDbc(dbc.value).decode({
    id: Number.parseInt(id, 16),
    isExtended: false,
    isRemote: false,
    data,
  });
  return message?.signals ?? {};
}

/** The use of one process over time. */
class UsageWatch {
  readonly #pid: number;
  readonly #begunMs = performance.now();
  readonly #first: ProcessUsage;
  readonly #rssBytes: number[] = [];
  #last: ProcessUsage;
  #lastMs = this.#begunMs;

  constructor(pid: number) {
    this.#pid = pid;
    this.#first = readUsage(pid);
    this.#last = this.#first;
  }

  look(): void {
    this.#last = readUsage(this.#pid);
    this.#lastMs = performance.now();
    this.#rssBytes.push(this.#last.rssBytes);
  }

  get result(): UsageResult {
    const cpuSeconds = this.#last.cpuSeconds - this.#first.cpuSeconds;
    const warmRssBytes = this.#rssBytes[Math.floor(this.#rssBytes.length / 4)] ?? this.#first.rssBytes;
    return {
      cpuShare: (cpuSeconds * 1_000) / Math.max(1, this.#lastMs - this.#begunMs),
      warmRssBytes,
      endRssBytes: this.#last.rssBytes,
    };
  }

  describe(): string {
    const { cpuShare, endRssBytes } = this.result;
    return `${Math.round(cpuShare * 100)} % of a core, ${Math.round(endRssBytes / 2 ** 20)} MiB`;
  }
}
