import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { type Child, startChild } from './child-process.ts';
import type { DemoFolder } from './demo-folder.ts';
import type { DemoInput, PartName } from './demo-state.ts';
import type { DemoOptions } from './options.ts';
import { parseGatewayMessage, parseHubMessage, parseVehicleMessage } from './part-messages.ts';

/** Who hears of the processes. */
export interface ProcessListener {
  input(input: DemoInput): void;
  /** A process ended; whether that was expected is for the listener to know. */
  ended(part: PartName, how: string, lastLines: readonly string[]): void;
}

/** As often as the simulator speaks, so that the figures of a line go together. */
const WATCH_INTERVAL_SECONDS = '0.5';
const WATCH_RESTART_MS = 1_000;
const LAST_LOG_LINE_COUNT = 12;

/** The processes of one run: each started here, each ended by its own handle. */
export class DemoProcesses {
  readonly #checkout: string;
  readonly #options: DemoOptions;
  readonly #folder: DemoFolder;
  readonly #listener: ProcessListener;
  readonly #logFd: number;
  readonly #children: Partial<Record<PartName | 'watch', Child>> = {};
  /** Where the log of the gateway that runs now begins. */
  #logStartBytes = 0;
  #isEnding = false;

  /** @param checkout the root of the source tree */
  constructor(checkout: string, options: DemoOptions, folder: DemoFolder, listener: ProcessListener) {
    this.#checkout = checkout;
    this.#options = options;
    this.#folder = folder;
    this.#listener = listener;
    this.#logFd = openSync(folder.gatewayLog, 'w');
  }

  startVehicle(): void {
    const options = this.#options;
    const folder = this.#folder;
    const chosen = (['scenario', 'gnss', 'can'] as const).flatMap((name) => {
      const file = options[name];
      return file === undefined ? [] : [`--${name}`, file];
    });
    const broker = ['--broker', `mqtt://127.0.0.1:${options.brokerPort}`];
    const sensor = ['--sensor-username', 'tyre-monitor', '--sensor-password-file', folder.sensorPasswordFile];
    const args = ['firmware-sim/main.ts', 'vehicle', '--dir', folder.simDir, ...broker, ...sensor, ...chosen];
    this.#start('vehicle', [...args, '--speed', options.speed], (line) => {
      const message = parseVehicleMessage(line);
      if (message !== undefined) this.#listener.input({ from: 'vehicle', message });
    });
  }

  startHub(): void {
    const login = ['--username', 'demo-truck', '--password-file', this.#folder.hubPasswordFile];
    const args = ['firmware-sim/main.ts', 'hub', '--dir', this.#folder.simDir, '--port', String(this.#options.hubPort)];
    this.#start('hub', [...args, ...login], (line) => {
      const message = parseHubMessage(line);
      if (message !== undefined) this.#listener.input({ from: 'hub', message });
    });
  }

  startGateway(): void {
    this.#logStartBytes = fstatSync(this.#logFd).size;
    const child = startChild({
      args: ['gateway/main.ts', 'run', '-c', this.#folder.configFile],
      cwd: this.#checkout,
      logFd: this.#logFd,
      onLine: () => {},
      onEnd: (how) => this.#listener.ended('gateway', how, this.#lastLogLines()),
    });
    this.#children.gateway = child;
    this.#listener.input({ from: 'gatewayStarted', pid: child.pid });
  }

  /** Asks the gateway for its status again and again, for as long as the demo runs; starts itself again if it ends. */
  startWatch(): void {
    this.#children.watch = startChild({
      args: [
        'gateway/main.ts',
        'status',
        '--json',
        '--watch',
        '--interval',
        WATCH_INTERVAL_SECONDS,
        '-c',
        this.#folder.configFile,
      ],
      cwd: this.#checkout,
      onLine: (line) => {
        const message = parseGatewayMessage(line);
        if (message !== undefined) this.#listener.input({ from: 'gateway', message });
      },
      onEnd: () => {
        setTimeout(() => {
          if (!this.#isEnding) this.startWatch();
        }, WATCH_RESTART_MS).unref();
      },
    });
  }

  /** Says something to the vehicle or the hub. */
  send(part: 'vehicle' | 'hub', message: object): void {
    this.#children[part]?.send(message);
  }

  signalGateway(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.#children.gateway?.kill(signal);
  }

  /** Ends everything but the gateway: what talks to us ends with its input, the watch by a signal. */
  endRest(): void {
    this.#isEnding = true;
    this.#children.watch?.kill('SIGTERM');
    for (const part of ['vehicle', 'hub'] as const) this.#children[part]?.endInput();
  }

  /** For what did not end when it was told to. */
  killAll(): void {
    this.#isEnding = true;
    for (const child of Object.values(this.#children)) child.kill('SIGKILL');
  }

  /** Whether everything but the gateway has ended. */
  get isRestGone(): boolean {
    const { gateway: _, ...rest } = this.#children;
    return Object.values(rest).every((child) => !child.isRunning);
  }

  close(): void {
    closeSync(this.#logFd);
  }

  #start(part: 'vehicle' | 'hub', args: readonly string[], onLine: (line: string) => void): void {
    this.#children[part] = startChild({
      args,
      cwd: this.#checkout,
      onLine,
      onEnd: (how, lastLines) => this.#listener.ended(part, how, lastLines),
    });
  }

  #lastLogLines(): readonly string[] {
    const log = readFileSync(this.#folder.gatewayLog).subarray(this.#logStartBytes).toString();
    return log.trimEnd().split('\n').slice(-LAST_LOG_LINE_COUNT);
  }
}
