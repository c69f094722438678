import type { CanFrame } from '#devices/can/can-frame.ts';
import type { CanSpec } from '#firmware-sim/can/can-spec.ts';
import type { ScenarioSurroundings } from '#firmware-sim/simulated-device.ts';
import { CanBus } from './can-bus.ts';
import { openLoadBus } from './load-bus.ts';
import { openPassengerBus } from './passenger-bus.ts';
import { TruckBus } from './truck-bus.ts';
import type { VehicleBus, VehicleBusOptions } from './vehicle-bus.ts';

/** The parts of a scenario that concern a bus, and of its surroundings. */
type BusSpec = Pick<CanSpec, 'bus' | 'bitrate' | 'framesPerSecond' | 'messageCount'>;
type BusSurroundings = Pick<ScenarioSurroundings, 'clock' | 'startedMs' | 'startUnixMs' | 'vehicle' | 'random'>;

/** A bus in time: nothing is on it until the ignition is switched on; from then on it follows the clock, one {@link tick} after another. */
export class IgnitionBus {
  readonly #spec: BusSpec;
  readonly #surroundings: BusSurroundings;
  readonly #onFrame: (frame: CanFrame, busMs: number) => void;
  /** Undefined while the ignition is off. */
  #running: { readonly wire: CanBus; readonly units: VehicleBus } | undefined;
  #wasOn = false;
  #bitCount = 0;
  #tickedMs = 0;
  #busMs = 0;
  /** From the time of the bus to that of the vehicle: grows when the process is held up. */
  #behindMs = 0;

  constructor(spec: BusSpec, surroundings: BusSurroundings, onFrame: (frame: CanFrame, busMs: number) => void) {
    this.#spec = spec;
    this.#surroundings = surroundings;
    this.#onFrame = onFrame;
  }

  /** The control units; undefined while the ignition is off. */
  get units(): VehicleBus | undefined {
    return this.#running?.units;
  }

  /** Bits that were on the wire. */
  get bitCount(): number {
    return this.#bitCount + (this.#running?.wire.bitCount ?? 0);
  }

  /** UTC when the bus was at that time, Unix milliseconds. */
  unixMsAt(busMs: number): number {
    return this.#surroundings.startUnixMs + this.#behindMs + busMs;
  }

  /** Somebody listens: the ignition is switched on, unless it was before. */
  begin(): void {
    if (!this.#wasOn) this.switchOn();
  }

  /** Harmless when it is on already. */
  switchOn(): void {
    if (this.#running !== undefined) return;
    const { clock, startedMs, vehicle } = this.#surroundings;
    this.#wasOn = true;
    this.#tickedMs = clock.nowMs();
    this.#busMs = 0;
    this.#behindMs = this.#tickedMs - startedMs;
    const wire = new CanBus({ bitrate: this.#spec.bitrate, onFrame: this.#onFrame });
    const stateAt = (busMs: number) => vehicle(busMs + this.#behindMs);
    const units = this.#openUnits({ bus: wire, stateAt, unixMsAt: (busMs) => this.unixMsAt(busMs) });
    this.#running = { wire, units };
  }

  /** Harmless when it is off. */
  switchOff(): void {
    this.#bitCount = this.bitCount;
    this.#running = undefined;
  }

  /** What has happened since the last time. A process that was held up for long does not make up for all of it. */
  tick(): void {
    if (this.#running === undefined) return;
    const nowMs = this.#surroundings.clock.nowMs();
    const elapsedMs = nowMs - this.#tickedMs;
    const movedMs = Math.min(Math.max(elapsedMs, 0), MAX_CATCH_UP_MS);
    this.#tickedMs = nowMs;
    this.#busMs += movedMs;
    this.#behindMs += elapsedMs - movedMs;
    this.#running.wire.advance(this.#busMs);
  }

  /** Puts a frame of somebody else on the wire. @returns false while nobody is there to acknowledge it */
  send(frame: CanFrame): boolean {
    this.#running?.wire.send(frame);
    return this.#running !== undefined;
  }

  #openUnits(options: VehicleBusOptions): VehicleBus {
    switch (this.#spec.bus) {
      case 'passenger':
        return openPassengerBus(options);
      case 'truck':
        return new TruckBus(options);
      case 'load':
        return openLoadBus(options.bus, this.#spec, Math.floor(this.#surroundings.random() * 2 ** 32));
    }
  }
}

/** Longer pauses of the process are pauses of the bus. */
export const MAX_CATCH_UP_MS = 250;
