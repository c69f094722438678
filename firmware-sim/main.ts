#!/usr/bin/env node
/**
 * The world outside the gateway, simulated: a vehicle with its devices on real pseudo-terminals (`vehicle`), and the far end of a link
 * that can be cut (`hub`). Both write down what they made and received, so that the two can be compared.
 *
 * It imports nothing of the gateway: what it knows of it is what goes over wires. Start reading at `protocol.ts`, which says how these
 * programs are driven, then `vehicle-program.ts` and `hub-program.ts`.
 */
import { parseCommandLine, USAGE, UsageError } from './command-line.ts';
import { parseHubCommand, parseVehicleCommand } from './commands.ts';
import { runHub } from './hub-program.ts';
import { openLineIo } from './line-io.ts';
import type { HubCommand, HubEvent, VehicleCommand, VehicleEvent } from './protocol.ts';
import { UnavailableError } from './unavailable-error.ts';
import { runVehicle } from './vehicle-program.ts';

async function main(args: readonly string[]): Promise<void> {
  const invocation = parseCommandLine(args);
  if (invocation.program === 'vehicle') {
    using io = openLineIo<VehicleCommand, VehicleEvent>(parseVehicleCommand);
    await runVehicle(invocation.options, io);
  } else {
    using io = openLineIo<HubCommand, HubEvent>(parseHubCommand);
    await runHub(invocation.options, io);
  }
}

/** @returns the exit code */
function explain(error: unknown): 1 | 2 | 69 {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UsageError) {
    sayError(message, USAGE);
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

function sayError(message: string, remedy: string): void {
  process.stdout.write(`${JSON.stringify({ event: 'error', message, remedy })}\n`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = explain(error);
}
