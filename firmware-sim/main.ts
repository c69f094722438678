#!/usr/bin/env node
/**
 * The world outside the gateway, simulated: a vehicle with its devices on real pseudo-terminals (`vehicle`), the far end of a link that
 * can be cut (`hub`), and GNSS receivers for any software that reads a serial port (`sim`). The first two write down what they made and
 * received, so that the two can be compared.
 *
 * It imports nothing of the gateway: what it knows of it is what goes over wires. Start reading at `protocol.ts`, which says how these
 * programs are driven, then `vehicle-program.ts` and `hub-program.ts`; for `sim` at `sim/simulation.ts`.
 */
import { parseCommandLine, SIM_USAGE, USAGE, UsageError } from './command-line.ts';
import { parseHubCommand, parseVehicleCommand } from './commands.ts';
import { runHub } from './hub-program.ts';
import { openLineIo } from './line-io.ts';
import type { HubCommand, HubEvent, VehicleCommand, VehicleEvent } from './protocol.ts';
import { listScenarios, loadScenario } from './sim/shipped-scenarios.ts';
import { runSim, type SimOptions } from './sim/sim-program.ts';
import { UnavailableError } from './unavailable-error.ts';
import { runVehicle } from './vehicle-program.ts';

async function main(args: readonly string[]): Promise<void> {
  const invocation = parseCommandLine(args);
  if (invocation.program === 'help') {
    console.log(invocation.text);
  } else if (invocation.program === 'vehicle') {
    using io = openLineIo<VehicleCommand, VehicleEvent>(parseVehicleCommand);
    await runVehicle(invocation.options, io);
  } else if (invocation.program === 'sim') {
    await simulate(invocation.options);
  } else {
    using io = openLineIo<HubCommand, HubEvent>(parseHubCommand);
    await runHub(invocation.options, io);
  }
}

async function simulate(options: SimOptions): Promise<void> {
  if (options.scenario === undefined) {
    for (const { name, title } of listScenarios()) console.log(`${name.padEnd(18)}${title}`);
    return;
  }
  const ending = new AbortController();
  const end = () => ending.abort();
  for (const signal of ENDING_SIGNALS) process.once(signal, end);
  process.stdout.on('error', end);
  try {
    await runSim(loadScenario(options.scenario), options, ending.signal);
  } finally {
    // From here on a signal ends the process, whatever is left.
    for (const signal of ENDING_SIGNALS) process.removeListener(signal, end);
  }
}

const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** @returns the exit code */
function explain(error: unknown): 1 | 2 | 69 {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UsageError) {
    sayError(message, process.argv[2] === 'sim' ? SIM_USAGE : USAGE);
    return 2;
  }
  if (error instanceof UnavailableError) {
    sayError(message, error.remedy);
    return 69;
  }
  sayError(message, 'This is a bug of the simulator; the stack is on standard error.');
  console.error(error);
  return 1;
}

/** To whoever drives the program; `sim` is for people. */
function sayError(message: string, remedy: string): void {
  if (process.argv[2] === 'sim') {
    console.error(`${message}\n${remedy}`);
    return;
  }
  process.stdout.write(`${JSON.stringify({ event: 'error', message, remedy })}\n`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = explain(error);
}
