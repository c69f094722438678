/**
 * `npm run soak:can`: two CAN buses of 9,000 frames a second each and a receiver of 10 Hz through pseudo-terminals into a real gateway for ten
 * minutes (`--seconds N`, `--rate N`). Exit code 1 if a frame is missing, a change of an enumeration or a last state was not published,
 * or the memory of the gateway grows.
 */
import { parseArgs } from 'node:util';
import { type CanLoadResult, runCanLoad, type UsageResult } from './support/can-load.ts';
import { openScratchFolder } from './support/scratch-folder.ts';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '600' },
      rate: { type: 'string', default: '9000' },
      messages: { type: 'string', default: '100' },
    },
  });
  await using folder = await openScratchFolder();
  const result = await runCanLoad({
    folder: folder.path,
    seconds: Number(values.seconds),
    framesPerSecond: Number(values.rate),
    messageCount: Number(values.messages),
    say: (text) => console.log(text),
  });
  print(result);
  const growth = result.gateway.endRssBytes / result.gateway.warmRssBytes;
  const isFlat = growth < MAX_GROWTH;
  console.log(isFlat ? 'memory is flat' : `memory has grown ${growth.toFixed(2)} times since a quarter of the time`);
  process.exitCode = isFlat && result.problems.length === 0 ? 0 : 1;
}

/** What a collector of garbage may make of it. */
const MAX_GROWTH = 1.25;

function print({ buses, epochCount, gateway, positionCount, problems, simulator }: CanLoadResult): void {
  for (const { eventCount, id, ledger, readCount, reductionRatio, unchangedCount } of buses) {
    const { deepest, overrun, sent, unheard } = ledger;
    console.log(`${id}: ${sent} frames sent, ${overrun} overrun, ${unheard} unheard, ${readCount} read`);
    console.log(`  ${unchangedCount} unchanged, ${eventCount} events, one of ${reductionRatio.toFixed(1)} frames`);
    console.log(`  at most ${deepest} frames waited in the adapter`);
  }
  console.log(`gps0: ${epochCount} epochs, ${positionCount} positions`);
  console.log(`gateway: ${usageText(gateway)}`);
  console.log(`simulator: ${usageText(simulator)}`);
  for (const problem of problems.slice(0, MAX_PROBLEMS)) console.log(`WRONG ${problem}`);
  console.log(`${problems.length} problems`);
}

const MAX_PROBLEMS = 20;

function usageText({ cpuShare, endRssBytes, warmRssBytes }: UsageResult): string {
  const mebibytes = (bytes: number) => Math.round(bytes / 2 ** 20);
  return `${Math.round(cpuShare * 100)} % of a core, ${mebibytes(warmRssBytes)} MiB when warm, ${mebibytes(endRssBytes)} MiB at the end`;
}

await main();
