/**
 * `npm run soak:delivery`: 300 runs (`--runs N`) of 20,000 events each (`--events N`) from publishers through a real gateway and a link that
 * breaks at any byte to a hub that is killed now and then, and to a sink or two beside it: see `plan-others.ts`. The run `N` has the seed `N` further than the first (`--seed S`), so a soak goes
 * on with `--seed`, and a seed brings the same chaos back. Ends with code 1 if any run lost, doubled or misplaced anything.
 *
 * `-- --outage` measures one long outage instead, of a million events unless `--events` says otherwise: what is alive in the memory of the
 * gateway after forced collections must not grow with the backlog [J8]. `-- --wire` measures what events cost on the wire.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { HAS_INFLUXD } from '#tests/support/influxd.ts';
import { describeFaults, describePlan, planRun } from './plan-run.ts';
import { printOutage, printWireCost } from './print-measurements.ts';
import { type RunOutcome, runDelivery } from './run-delivery.ts';

const RUN_EVENT_COUNT = 20_000;
const OUTAGE_EVENT_COUNT = 1_000_000;
const MAX_LINES = 20;
const HOUR_S = 3600;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '300' },
      events: { type: 'string' },
      seed: { type: 'string', default: `${Math.floor(Math.random() * 2 ** 31)}` },
      outage: { type: 'boolean', default: false },
      wire: { type: 'boolean', default: false },
    },
  });
  if (values.outage) return await printOutage(Number(values.events ?? OUTAGE_EVENT_COUNT));
  if (values.wire) return await printWireCost();
  const [runCount, eventCount, firstSeed] = [values.runs, values.events ?? RUN_EVENT_COUNT, values.seed].map(Number);
  if (runCount === undefined || eventCount === undefined || firstSeed === undefined) return;
  const startedMs = performance.now();
  const sums = { faults: 0, kills: 0, edges: 0, events: 0, repeats: 0 };
  const failedSeeds: number[] = [];
  console.log(`${runCount} runs of ${eventCount} events from seed ${firstSeed} on`);
  for (let index = 0; index < runCount; index++) {
    if (!HAS_INFLUXD && planRun(firstSeed + index, eventCount).others.some(({ type }) => type === 'influxd')) {
      console.log(`seed ${firstSeed + index} left out: influxd is missing; install the package influxdb`);
      continue;
    }
    const outcome = await runSeed(firstSeed + index, eventCount);
    if (outcome === undefined) {
      failedSeeds.push(firstSeed + index);
      continue;
    }
    sums.faults += outcome.faultCount;
    sums.kills += outcome.killCount;
    sums.edges += outcome.edgeCount;
    sums.events += outcome.madeCount;
    sums.repeats += outcome.arrivalCount - outcome.distinctCount;
    const seconds = (performance.now() - startedMs) / 1000;
    const hours = ((seconds / (index + 1)) * (runCount - index - 1)) / HOUR_S;
    console.log(
      `run ${index + 1} of ${runCount}, ${firstSeed + index}: ${describeOutcome(outcome)}; ${hours.toFixed(2)} h left`,
    );
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const verdict =
    failedSeeds.length === 0 ? 'nothing missing, nothing too much' : `FAILED with seed ${failedSeeds.join(', ')}`;
  console.log(
    `${runCount} runs in ${seconds.toFixed(0)} s, ${((runCount / seconds) * HOUR_S).toFixed(0)} an hour: ${sums.events} events, ` +
      `${sums.faults} faults, ${sums.kills} of them kills, ${sums.edges} ends of connections, ${sums.repeats} repeats; ${verdict}`,
  );
}

/** @returns nothing when something was wrong; it is printed then, and the folder kept */
async function runSeed(seed: number, eventCount: number): Promise<RunOutcome | undefined> {
  const plan = planRun(seed, eventCount);
  const folder = await mkdtemp(join(tmpdir(), 'ws-'));
  const wrong: string[] = [];
  try {
    const outcome = await runDelivery(plan, folder);
    wrong.push(...outcome.wrong);
    if (wrong.length === 0) {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      return outcome;
    }
  } catch (error) {
    wrong.push(String(error));
  }
  process.exitCode = 1;
  console.log(`seed ${seed} FAILED: ${describePlan(plan)}`);
  console.log(describeFaults(plan));
  for (const line of wrong.slice(0, MAX_LINES)) console.log(`WRONG ${line}`);
  console.log(`${wrong.length} in all. Again: npm run soak:delivery -- --runs 1 --events ${eventCount} --seed ${seed}`);
  console.log(`What the gateway and the hub left is in ${folder}`);
  return undefined;
}

function describeOutcome(outcome: RunOutcome): string {
  const { seconds, distinctCount, arrivalCount, faultCount, killCount, edgeCount, otherCounts } = outcome;
  const others = Object.entries(otherCounts).map(([id, count]) => `, ${count} at ${id}`);
  return (
    `${distinctCount} events and ${arrivalCount - distinctCount} repeats over ${outcome.connectionCount} connections, ${faultCount} faults ` +
    `(${killCount} kills), ${edgeCount} edges${others.join('')}, ${seconds.toFixed(1)} s`
  );
}

await main();
