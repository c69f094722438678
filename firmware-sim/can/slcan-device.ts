import { type Cancel, repeat } from '#firmware-sim/clock.ts';
import type { PortFault } from '#firmware-sim/scenario/step-section.ts';
import type { Firmware, SerialLine } from '#firmware-sim/serial/usb-serial-device.ts';
import type { ScenarioSurroundings, SimulatedDevice } from '#firmware-sim/simulated-device.ts';
import type { CanSpec } from './can-spec.ts';
import { SlcanAdapter } from './slcan-adapter.ts';

/** An SLCAN adapter of a scenario. */
export class SlcanDevice implements SimulatedDevice, Firmware {
  readonly overrunCount = 0;
  readonly #line: SerialLine;
  readonly #adapter = new SlcanAdapter();
  readonly #stopTicking: Cancel;

  constructor(_spec: CanSpec, { clock, openLine }: ScenarioSurroundings) {
    this.#line = openLine(this);
    this.#stopTicking = repeat(clock, TICK_MS, () => {});
  }

  plug(): void {
    this.#line.plug();
  }

  onBytes(bytes: Uint8Array): void {
    for (const answer of this.#adapter.push(bytes)) this.#line.write(answer);
  }

  onReaderGone(): void {
    this.#adapter.reset();
  }

  apply(fault: PortFault): void {
    if (fault.do === 'unplug') this.#line.unplug();
    else if (fault.do === 'replug') this.#line.plug();
  }

  async stop(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopTicking();
    this.#line[Symbol.dispose]();
  }
}

const TICK_MS = 10;
