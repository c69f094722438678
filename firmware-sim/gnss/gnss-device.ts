import { type Cancel, wait } from '#firmware-sim/clock.ts';
import { composeGarbage, DEFAULT_SILENCE_MS } from '#firmware-sim/faults.ts';
import type { Fault } from '#firmware-sim/protocol.ts';
import { type Firmware, UsbSerialDevice } from '#firmware-sim/serial/usb-serial-device.ts';
import type { LiveDeviceOptions, SimulatedDevice } from '#firmware-sim/simulated-device.ts';
import { composeReport } from './compose-report.ts';

/** A GNSS receiver: two epochs a second, in UTC, paced like a UART of 38,400 baud. */
export class GnssDevice implements SimulatedDevice, Firmware {
  readonly #port: UsbSerialDevice;
  readonly #options: LiveDeviceOptions;
  #cancelTimer: Cancel;
  #silentUntilMs = 0;
  #overrunCount = 0;
  /** The last epoch that lost a sentence. */
  #tornKey: string | undefined;
  #isReporting = false;
  #isStopped = false;

  constructor(options: LiveDeviceOptions) {
    this.#options = options;
    this.#port = new UsbSerialDevice(options, this);
    this.#cancelTimer = this.#scheduleEpoch();
  }

  get overrunCount(): number {
    return this.#overrunCount;
  }

  plug(): void {
    this.#port.plug();
  }

  /** A receiver's commands are not simulated: it hears and goes on. */
  onBytes(): void {}

  onReaderGone(lastSeenMs: number): void {
    const { clock, ledger } = this.#options;
    ledger.unheard('gps0', lastSeenMs - UNDURABLE_MS, Math.max(clock.nowMs(), ledger.lastAt('gps0')));
  }

  apply(fault: Fault): void {
    const { clock, random, startedMs, vehicle } = this.#options;
    const nowMs = clock.nowMs();
    if (fault.do === 'unplug') this.#port.unplug();
    else if (fault.do === 'replug') this.#port.plug();
    else if (fault.do === 'silence') this.#silentUntilMs = nowMs + (fault.durationMs ?? DEFAULT_SILENCE_MS);
    else {
      const [sentence = new Uint8Array()] = composeReport(vehicle(nowMs - startedMs), nowMs).sentences;
      this.#port.write(composeGarbage(sentence, random));
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    while (this.#isReporting) await wait(this.#options.clock, STOP_POLL_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cancelTimer();
    this.#port[Symbol.dispose]();
  }

  #scheduleEpoch(): Cancel {
    const nowMs = this.#options.clock.nowMs();
    const epochMs = (Math.floor(nowMs / EPOCH_INTERVAL_MS) + 1) * EPOCH_INTERVAL_MS;
    return this.#options.clock.schedule(epochMs + LATENCY_MS - nowMs, () => this.#report(epochMs));
  }

  #report(epochMs: number): void {
    const { clock, ledger, startedMs, vehicle } = this.#options;
    const isSilent = this.#isStopped || clock.nowMs() < this.#silentUntilMs;
    // A clock set back must not make an epoch twice.
    const isNew = epochMs > Date.parse(ledger.lastKey('gps0') ?? NO_EPOCH);
    if (isSilent || !isNew || !this.#port.isReaderReady) {
      this.#cancelTimer = this.#scheduleEpoch();
      return;
    }
    const { sentences, values } = composeReport(vehicle(epochMs - startedMs), epochMs);
    const durationMs = sentences.reduce((total, sentence) => total + uartMs(sentence), 0);
    const key = new Date(epochMs).toISOString();
    ledger.make('gps0', key, Math.round(clock.nowMs() + durationMs), values);
    this.#isReporting = true;
    this.#send(key, sentences);
  }

  /** Each sentence comes out of the UART when its last bit has. */
  #send(key: string, [sentence, ...rest]: readonly Uint8Array[]): void {
    if (sentence === undefined) {
      this.#isReporting = false;
      this.#cancelTimer = this.#scheduleEpoch();
      return;
    }
    this.#cancelTimer = this.#options.clock.schedule(uartMs(sentence), () => {
      if (!this.#port.write(sentence)) this.#drop(key);
      this.#send(key, rest);
    });
  }

  #drop(key: string): void {
    this.#overrunCount += this.#port.isReaderReady ? 1 : 0;
    if (key !== this.#tornKey) this.#options.ledger.overrun('gps0', key);
    this.#tornKey = key;
  }
}

/** Two a second. */
export const EPOCH_INTERVAL_MS = 500;
/** A receiver computes before it speaks. */
const LATENCY_MS = 60;
const BAUD = 38_400;
const BITS_PER_BYTE = 10;
const STOP_POLL_MS = 10;
const NO_EPOCH = '1970-01-01';
/**
 * What was made this long before the reader was last seen may be lost with it. An epoch is known to be over when the next one
 * begins; then it has to reach the disk.
 */
export const UNDURABLE_MS = EPOCH_INTERVAL_MS + 300;

function uartMs(sentence: Uint8Array): number {
  return (sentence.length * BITS_PER_BYTE * 1000) / BAUD;
}
