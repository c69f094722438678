import { type Cancel, type Clock, wait } from '#firmware-sim/clock.ts';
import { composeGarbage, DEFAULT_SILENCE_MS } from '#firmware-sim/faults.ts';
import type { PortFault } from '#firmware-sim/scenario/step-section.ts';
import { uartMs } from '#firmware-sim/serial/uart.ts';
import type { Firmware, SerialLine } from '#firmware-sim/serial/usb-serial-device.ts';
import type { SimulatedDevice } from '#firmware-sim/simulated-device.ts';
import { composeReport } from './compose-report.ts';
import type { EpochAccount } from './epoch-account.ts';
import { ReceiverCommands } from './receiver-commands.ts';
import type { ReceiverEpoch, ReceiverModel } from './receiver-model.ts';
import { initialSettings, type ReceiverSettings } from './receiver-settings.ts';
import type { ReceiverSpec } from './receiver-spec.ts';

/** What {@link GnssDevice} needs. */
export interface GnssDeviceOptions {
  readonly spec: ReceiverSpec;
  readonly model: ReceiverModel;
  readonly clock: Clock;
  /** When the scenario began: by the clock, and in the receiver's UTC. */
  readonly startedMs: number;
  readonly startUnixMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly account: EpochAccount;
  readonly openLine: (firmware: Firmware) => SerialLine;
  readonly onEvent?: (event: GnssDeviceEvent) => void;
}

/** What happens at a receiver. */
export type GnssDeviceEvent =
  | { readonly kind: 'reader'; readonly baud: number | undefined; readonly deviceBaud: number }
  | { readonly kind: 'readerGone' }
  | { readonly kind: 'fix'; readonly epoch: ReceiverEpoch }
  | { readonly kind: 'settings'; readonly settings: ReceiverSettings };

/** A GNSS receiver behind a UART: it reports at its rate, paced as the UART paces, and obeys the commands of its host. */
export class GnssDevice implements SimulatedDevice, Firmware {
  readonly #options: GnssDeviceOptions;
  readonly #line: SerialLine;
  #settings: ReceiverSettings;
  #commands: ReceiverCommands;
  #cancelTimer: Cancel;
  #silentUntilMs = Number.NEGATIVE_INFINITY;
  /** The epoch that was spoken of last. */
  #lastUnixMs = Number.NEGATIVE_INFINITY;
  /** When the last bit of all that was sent so far leaves the UART. */
  #idleFromMs = Number.NEGATIVE_INFINITY;
  #overrunCount = 0;
  /** The last epoch that lost a piece. */
  #tornUnixMs: number | undefined;
  #toldFix: string | undefined;
  #isReporting = false;
  #isStopped = false;

  constructor(options: GnssDeviceOptions) {
    this.#options = options;
    this.#settings = initialSettings(options.spec);
    this.#commands = new ReceiverCommands(this.#settings);
    this.#line = options.openLine(this);
    this.#cancelTimer = this.#scheduleEpoch();
  }

  get overrunCount(): number {
    return this.#overrunCount;
  }

  plug(): void {
    this.#line.plug();
  }

  onBytes(bytes: Uint8Array): void {
    if (this.#options.clock.nowMs() < this.#silentUntilMs) return;
    for (const { answer, settings } of this.#commands.push(bytes)) {
      this.#sendAnswer(answer);
      if (settings !== undefined) this.#change(settings);
    }
  }

  onReaderReady(baud: number | undefined): void {
    this.#options.onEvent?.({ kind: 'reader', baud, deviceBaud: this.#settings.baud });
  }

  onReaderGone(lastSeenMs: number): void {
    this.#commands = new ReceiverCommands(this.#settings);
    this.#options.account.unheard(lastSeenMs);
    this.#options.onEvent?.({ kind: 'readerGone' });
  }

  apply(fault: PortFault): void {
    const { clock, model, random, spec, startedMs } = this.#options;
    const nowMs = clock.nowMs();
    if (fault.do === 'unplug') this.#line.unplug();
    else if (fault.do === 'replug') this.#line.plug();
    else if (fault.do === 'silence') this.#silentUntilMs = nowMs + (fault.durationMs ?? DEFAULT_SILENCE_MS);
    else {
      const [piece = new Uint8Array()] = composeReport(model(nowMs - startedMs), spec, this.#settings);
      this.#line.write(composeGarbage(piece, random));
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    while (this.#isReporting) await wait(this.#options.clock, STOP_POLL_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cancelTimer();
    this.#line[Symbol.dispose]();
  }

  /** Epochs fall on whole intervals of UTC; the next one is that which the receiver has not spoken of yet. */
  #scheduleEpoch(): Cancel {
    const { clock, startedMs, startUnixMs } = this.#options;
    const { intervalMs } = this.#settings;
    const latencyMs = Math.min(LATENCY_MS, intervalMs / 2);
    const unixMs = startUnixMs + clock.nowMs() - startedMs;
    const dueMs = (Math.floor((unixMs - latencyMs) / intervalMs) + 1) * intervalMs;
    // A timer may fire a little early.
    const epochMs = dueMs === this.#lastUnixMs ? dueMs + intervalMs : dueMs;
    return clock.schedule(epochMs + latencyMs - unixMs, () => this.#report(epochMs));
  }

  #report(unixMs: number): void {
    const { account, clock, model, spec, startUnixMs } = this.#options;
    const nowMs = clock.nowMs();
    this.#lastUnixMs = unixMs;
    const isSilent = this.#isStopped || nowMs < this.#silentUntilMs;
    // A clock set back must not make an epoch twice.
    const isNew = unixMs > account.lastUnixMs;
    if (isSilent || !isNew || !this.#line.isReaderReady) {
      this.#cancelTimer = this.#scheduleEpoch();
      return;
    }
    const epoch = model(unixMs - startUnixMs);
    this.#tellFix(epoch);
    const pieces = composeReport(epoch, spec, this.#settings);
    this.#idleFromMs = Math.max(nowMs, this.#idleFromMs);
    const sizeBytes = pieces.reduce((total, piece) => total + piece.length, 0);
    account.make(epoch, unixMs, Math.round(this.#idleFromMs + uartMs(sizeBytes, this.#settings.baud)));
    this.#isReporting = true;
    this.#send(unixMs, pieces);
  }

  /** Each piece comes out of the UART when its last bit has. */
  #send(unixMs: number, [piece, ...rest]: readonly Uint8Array[]): void {
    if (piece === undefined) {
      this.#isReporting = false;
      this.#cancelTimer = this.#scheduleEpoch();
      return;
    }
    const { clock } = this.#options;
    this.#idleFromMs += uartMs(piece.length, this.#settings.baud);
    this.#cancelTimer = clock.schedule(Math.max(0, this.#idleFromMs - clock.nowMs()), () => {
      if (!this.#line.write(piece)) this.#drop(unixMs);
      this.#send(unixMs, rest);
    });
  }

  /** Between two pieces, as receivers do: an answer waits for no epoch. */
  #sendAnswer(answer: Uint8Array): void {
    this.#idleFromMs =
      Math.max(this.#options.clock.nowMs(), this.#idleFromMs) + uartMs(answer.length, this.#settings.baud);
    this.#line.write(answer);
  }

  #change(settings: ReceiverSettings): void {
    this.#settings = settings;
    this.#line.setBaud(settings.baud);
    this.#options.onEvent?.({ kind: 'settings', settings });
    if (this.#isReporting) return;
    this.#cancelTimer();
    this.#cancelTimer = this.#scheduleEpoch();
  }

  #drop(unixMs: number): void {
    this.#overrunCount += this.#line.isReaderReady ? 1 : 0;
    if (unixMs !== this.#tornUnixMs) this.#options.account.overrun(unixMs);
    this.#tornUnixMs = unixMs;
  }

  #tellFix(epoch: ReceiverEpoch): void {
    const { antenna, fix, hasDate, hasTime, jamming } = epoch;
    const told = [fix?.mode, hasTime, hasDate, antenna, jamming.state].join();
    if (told !== this.#toldFix) this.#options.onEvent?.({ kind: 'fix', epoch });
    this.#toldFix = told;
  }
}

/** A receiver computes before it speaks. */
export const LATENCY_MS = 60;
const STOP_POLL_MS = 10;
