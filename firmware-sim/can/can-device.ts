import { type Cancel, repeat } from '#firmware-sim/clock.ts';
import { composeGarbage, DEFAULT_SILENCE_MS } from '#firmware-sim/faults.ts';
import type { PortFault } from '#firmware-sim/scenario/step-section.ts';
import { type Firmware, UsbSerialDevice } from '#firmware-sim/serial/usb-serial-device.ts';
import type { LiveDeviceOptions, SimulatedDevice } from '#firmware-sim/simulated-device.ts';
import { SlcanAdapter } from './slcan-adapter.ts';
import { type BusMessage, loadVehicleBus } from './vehicle-bus.ts';

/** An SLCAN adapter on the vehicle's bus. */
export class CanDevice implements SimulatedDevice, Firmware {
  readonly #port: UsbSerialDevice;
  readonly #options: LiveDeviceOptions;
  readonly #adapter = new SlcanAdapter();
  readonly #messages: readonly BusMessage[];
  readonly #dueMs: Map<string, number>;
  readonly #stopTicking: Cancel;
  #silentUntilMs = 0;
  #overrunCount = 0;
  #isStopped = false;

  constructor(options: LiveDeviceOptions) {
    this.#options = options;
    this.#messages = loadVehicleBus().messages;
    this.#dueMs = new Map(this.#messages.map(({ name }) => [name, options.clock.nowMs()]));
    this.#port = new UsbSerialDevice(options, this);
    this.#stopTicking = repeat(options.clock, TICK_MS, () => this.#tick());
  }

  get overrunCount(): number {
    return this.#overrunCount;
  }

  plug(): void {
    this.#port.plug();
  }

  onBytes(bytes: Uint8Array): void {
    if (this.#isSilent) return;
    for (const answer of this.#adapter.push(bytes)) this.#port.write(answer);
  }

  onReaderGone(lastSeenMs: number): void {
    this.#adapter.reset();
    this.#options.ledger.unheard('can0', lastSeenMs - UNDURABLE_MS, this.#options.clock.nowMs());
  }

  apply(fault: PortFault): void {
    const { clock, random } = this.#options;
    if (fault.do === 'unplug') this.#port.unplug();
    else if (fault.do === 'replug') this.#port.plug();
    else if (fault.do === 'silence') this.#silentUntilMs = clock.nowMs() + (fault.durationMs ?? DEFAULT_SILENCE_MS);
    else {
      const [message] = this.#messages;
      const { frame } = message?.compose(this.#vehicleState(), 0) ?? {};
      if (frame !== undefined) this.#port.write(composeGarbage(this.#adapter.encode(frame), random));
    }
  }

  /** Commands are still answered. */
  async stop(): Promise<void> {
    this.#isStopped = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopTicking();
    this.#port[Symbol.dispose]();
  }

  get #isSilent(): boolean {
    return this.#options.clock.nowMs() < this.#silentUntilMs;
  }

  #vehicleState() {
    const { clock, startedMs, vehicle } = this.#options;
    return vehicle(clock.nowMs() - startedMs);
  }

  #tick(): void {
    const isQuiet = this.#isStopped || this.#isSilent || !this.#port.isReaderReady || !this.#adapter.isChannelOpen;
    const nowMs = this.#options.clock.nowMs();
    for (const message of this.#messages) {
      const dueMs = this.#dueMs.get(message.name) ?? nowMs;
      // A process that was held up does not make up for it with a burst, nor does one whose clock was set.
      const isInStep = Math.abs(nowMs - dueMs) <= message.periodMs;
      if (isInStep && nowMs < dueMs) continue;
      this.#dueMs.set(message.name, (isInStep ? dueMs : nowMs) + message.periodMs);
      if (!isQuiet) this.#send(message, nowMs);
    }
  }

  #send(message: BusMessage, nowMs: number): void {
    const { ledger } = this.#options;
    const counter = (ledger.lastCounter('can0', message.name) + 1) % COUNTER_MODULUS;
    const { frame, values } = message.compose(this.#vehicleState(), counter);
    const key = `${message.name}:${counter}`;
    ledger.make('can0', key, nowMs, values);
    if (this.#port.write(this.#adapter.encode({ ...frame, timestampMs: nowMs }))) return;
    this.#overrunCount += 1;
    ledger.overrun('can0', key);
  }
}

const TICK_MS = 10;
const COUNTER_MODULUS = 2 ** 32;
/** What was made this long before the reader was last seen may be lost with it: read, but not yet on its disk. */
export const UNDURABLE_MS = 300;
