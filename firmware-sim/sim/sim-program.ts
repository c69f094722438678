import { closeSync, existsSync, openSync, writeSync } from 'node:fs';
import { join, parse } from 'node:path';
import { createInterface } from 'node:readline';
import { systemClock, wait } from '#firmware-sim/clock.ts';
import { FakeClock } from '#firmware-sim/fake-clock.ts';
import { NO_ACCOUNT } from '#firmware-sim/receiver/epoch-account.ts';
import type { ReceiverSpec } from '#firmware-sim/receiver/receiver-spec.ts';
import { parseFault, type Scenario, ScenarioError } from '#firmware-sim/scenario/scenario.ts';
import { type Firmware, type SerialLine, UsbSerialDevice } from '#firmware-sim/serial/usb-serial-device.ts';
import { UnavailableError } from '#firmware-sim/unavailable-error.ts';
import { PortFolder } from './port-folder.ts';
import { openSimAccount } from './sim-account.ts';
import { describeEvent, type SimEvent } from './sim-event.ts';
import { type LineSpec, Simulation } from './simulation.ts';
import { UnreadLine } from './unread-line.ts';

/** The command line of `sim`. */
export interface SimOptions {
  /** A file, or the name of a scenario that comes along; absent: list those. */
  readonly scenario?: string;
  /** Where the links to the ports are made; absent: a folder of its own, removed at the end. */
  readonly dir?: string;
  readonly seed: number;
  /** Takes what the receivers send, byte for byte. */
  readonly logFile?: string;
  /** Takes what is true and what was said, a JSON line for each epoch. */
  readonly ledgerFile?: string;
  /** Absent: until it is interrupted. */
  readonly seconds?: number;
  /** No ports and no waiting: the log only. */
  readonly isFast: boolean;
  readonly isJson: boolean;
  /** Further steps come from standard input. */
  readonly takesSteps: boolean;
}

/**
 * Plays a scenario: on pseudo-terminals in real time until the signal aborts or the time is over, or into files as fast as it goes.
 *
 * @throws UnavailableError when a file cannot be written, or the ports cannot be made
 */
export async function runSim(scenario: Scenario, options: SimOptions, signal: AbortSignal): Promise<void> {
  using files = new SimFiles(scenario, options);
  const say = (event: SimEvent) => console.log(options.isJson ? JSON.stringify(event) : describeEvent(event));
  const shared = {
    ...{ scenario, seed: options.seed, say },
    note: (line: object) => files.note(line),
    recordOf: (name: string) => files.recordOf(name),
    openAccount: ({ name }: ReceiverSpec) =>
      options.ledgerFile === undefined ? NO_ACCOUNT : openSimAccount(name, (line) => files.note(line)),
  };
  const { seconds = Number.POSITIVE_INFINITY } = options;
  if (options.isFast) {
    const clock = new FakeClock(scenario.startUnixMs ?? CAPTURE_START_UNIX_MS);
    await using _simulation = new Simulation({ ...shared, clock, openLine: () => new UnreadLine() });
    clock.advance(seconds * 1000);
    return;
  }
  using folder = new PortFolder(options.dir);
  const openLine = ({ baud, name }: LineSpec, firmware: Firmware): SerialLine => {
    const port = { linkPath: folder.linkPathOf(name), clock: systemClock };
    return new UsbSerialDevice(baud === undefined ? port : { ...port, baud }, firmware);
  };
  const startedMs = systemClock.nowMs();
  {
    await using simulation = new Simulation({ ...shared, clock: systemClock, openLine });
    using _steps = options.takesSteps ? takeSteps(scenario, simulation) : undefined;
    const ports = Object.fromEntries(
      [...scenario.receivers, ...scenario.devices].map(({ name }) => [name, folder.linkPathOf(name)]),
    );
    say({ atMs: 0, event: 'ready', ports });
    await wait(systemClock, Math.min(seconds * 1000, MAX_TIMER_MS), signal);
  }
  say({ atMs: systemClock.nowMs() - startedMs, event: 'ended' });
}

/** Obeys what is typed, or piped in; its end ends nothing. */
function takeSteps(scenario: Scenario, simulation: Simulation): Disposable {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    try {
      simulation.apply(parseFault(line, scenario));
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error;
      console.error(`cannot obey ${line}: ${error.message}`);
    }
  });
  return {
    [Symbol.dispose]: () => {
      lines.close();
      process.stdin.destroy();
    },
  };
}

/** When captures begin unless the scenario says so: the same seed makes the same file. */
const CAPTURE_START_UNIX_MS = Date.UTC(2026, 5, 1, 8);
/** What `setTimeout` can wait: 24 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The files that a run writes. */
class SimFiles implements Disposable {
  readonly #logs = new Map<string, number>();
  readonly #ledger: number | undefined;

  constructor({ devices, receivers }: Scenario, { ledgerFile, logFile }: SimOptions) {
    const ports = [...receivers, ...devices];
    for (const { name } of ports) {
      if (logFile !== undefined)
        this.#logs.set(name, openToWrite(ports.length > 1 ? insertName(logFile, name) : logFile));
    }
    this.#ledger = ledgerFile === undefined ? undefined : openToWrite(ledgerFile);
  }

  recordOf(name: string): ((piece: Uint8Array) => void) | undefined {
    const fd = this.#logs.get(name);
    return fd === undefined ? undefined : (piece) => writeSync(fd, piece);
  }

  note(line: object): void {
    if (this.#ledger !== undefined) writeSync(this.#ledger, `${JSON.stringify(line)}\n`);
  }

  [Symbol.dispose](): void {
    for (const fd of this.#logs.values()) closeSync(fd);
    if (this.#ledger !== undefined) closeSync(this.#ledger);
  }
}

/** `drive.log` of the port `bow` is `drive.bow.log`. */
function insertName(file: string, name: string): string {
  const { dir, ext, name: stem } = parse(file);
  return join(dir, `${stem}.${name}${ext}`);
}

function openToWrite(path: string): number {
  const folder = parse(path).dir || '.';
  if (!existsSync(folder))
    throw new UnavailableError(
      `cannot write ${path}: there is no folder ${folder}`,
      'Make it, or choose another place.',
    );
  try {
    return openSync(path, 'w');
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new UnavailableError(`cannot write ${path}: ${found}`, 'Choose another place.', { cause: error });
  }
}
