/**
 * `npm run bench`: Waystation beside stock Aedes and the distribution's Mosquitto, each in a process of its own.
 *
 * This process is the load generator. It measures, prints as it goes, and keeps every sample in `bench/measured`; it judges
 * nothing but loss. Start reading here, then `throughput.ts` and `run-load.ts`.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CHECKOUT } from '#tests/support/checkout.ts';
import { measureAdversaries } from './adversaries.ts';
import { measureCan } from './can.ts';
import { measureColdStart } from './cold-start.ts';
import { measureConnects } from './connects.ts';
import { measureDelivery } from './delivery.ts';
import { measureDisk } from './disk.ts';
import { measureDrain } from './drain.ts';
import { measureFanOut } from './fan-out.ts';
import { measureGnss } from './gnss.ts';
import { measureIdleClients } from './idle-clients.ts';
import { measureInflux } from './influx.ts';
import { measureJournal } from './journal.ts';
import { measureJournalOpen } from './journal-open.ts';
import { describeMachine } from './machine.ts';
import { MeasurementLog, type ScenarioName } from './measurement.ts';
import { measureMemory } from './memory.ts';
import { type BenchOptions, parseOptions, USAGE } from './options.ts';
import { findMosquitto, findStockAedes } from './other-peers.ts';
import { reportText, type ScenarioResult, scenarioRows } from './report.ts';
import { loadResults, saveResult } from './results.ts';
import type { Bench } from './scenario.ts';
import { measureSizes } from './sizes.ts';
import { measureState } from './state.ts';
import { textTable } from './table.ts';
import { measureThroughput } from './throughput.ts';
import { measureTls } from './tls.ts';
import { waystationPeer } from './waystation-peer.ts';

const SCENARIOS: Readonly<Record<ScenarioName, (bench: Bench) => Promise<void>>> = {
  durable: (bench) => measureThroughput(bench, 'durable'),
  'plain-qos1': (bench) => measureThroughput(bench, 'plain-qos1'),
  'plain-qos0': (bench) => measureThroughput(bench, 'plain-qos0'),
  sizes: measureSizes,
  'fan-out': measureFanOut,
  connects: measureConnects,
  tls: measureTls,
  'idle-clients': measureIdleClients,
  adversaries: measureAdversaries,
  memory: measureMemory,
  'cold-start': measureColdStart,
  disk: measureDisk,
  state: measureState,
  drain: measureDrain,
  influx: measureInflux,
  delivery: measureDelivery,
  journal: measureJournal,
  'journal-open': measureJournalOpen,
  gnss: measureGnss,
  can: measureCan,
};

const FULL = { roundCount: 5, loadMs: 2000 } as const;
const QUICK = { roundCount: 3, loadMs: 500 } as const;
const REPORT_FILE = 'docs/benchmarks.md';

const options = parseOptions(process.argv.slice(2));
if (typeof options === 'string') {
  console.error(`${options}\n${USAGE}`);
  process.exitCode = 2;
} else {
  await runBench(options);
}

async function runBench(asked: BenchOptions): Promise<void> {
  // Not the system's temporary folder, which may be memory.
  const folder = join(CHECKOUT, 'var/bench', String(process.pid));
  await mkdir(folder, { recursive: true });
  try {
    const found = [waystationPeer, await findStockAedes(), await findMosquitto()];
    const peers = found.filter((peer) => 'start' in peer);
    const missing = found.flatMap((peer) => ('missing' in peer ? [`${peer.name} (${peer.missing})`] : []));
    for (const text of missing) console.log(`left out: ${text}`);
    const log = new MeasurementLog();
    const pace = asked.isQuick ? QUICK : FULL;
    const bench = { peers, log, folder, progress: (text: string) => console.log(text), ...pace };
    for (const scenario of asked.scenarios) {
      const machine = await describeMachine(folder);
      await SCENARIOS[scenario](bench);
      const measurements = log.all().filter((each) => each.scenario === scenario);
      console.log(`\n${textTable(scenarioRows(measurements))}\n`);
      const date = new Date().toISOString().slice(0, 10);
      const names = peers.map(({ name, version }) => `${name} ${version}`);
      if (!asked.isQuick) await keep({ scenario, date, machine, ...pace, peers: names, missing, measurements });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The document always says what is known now: a scenario that was measured anew takes the place of what it was. */
async function keep(result: ScenarioResult): Promise<void> {
  await saveResult(result);
  await writeFile(join(CHECKOUT, REPORT_FILE), reportText(await loadResults()));
  console.log(`written: ${REPORT_FILE}`);
}
