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
  readonly #wire: CanBus;
  #units: VehicleBus | undefined;
  #tickedMs = 0;
  #busMs = 0;
  /** From the time of the bus to that of the vehicle: grows when the process is held up. */
  #behindMs = 0;

  constructor(spec: BusSpec, surroundings: BusSurroundings, onFrame: (frame: CanFrame, busMs: number) => void) {
    this.#spec = spec;
    this.#surroundings = surroundings;
    this.#wire = new CanBus({ bitrate: spec.bitrate, onFrame });
  }

  /** The control units; undefined before the ignition. */
  get units(): VehicleBus | undefined {
    return this.#units;
  }

  /** Bits that were on the wire. */
  get bitCount(): number {
    return this.#wire.bitCount;
  }

  /** UTC when the bus was at that time, Unix milliseconds. */
  unixMsAt(busMs: number): number {
    return this.#surroundings.startUnixMs + this.#behindMs + busMs;
  }

  /** Harmless when it is on already. */
  switchOn(): void {
    if (this.#units !== undefined) return;
    const { clock, startedMs, vehicle } = this.#surroundings;
    this.#tickedMs = clock.nowMs();
    this.#behindMs = this.#tickedMs - startedMs;
    this.#units = this.#openUnits({
      bus: this.#wire,
      stateAt: (busMs) => vehicle(busMs + this.#behindMs),
      unixMsAt: (busMs) => this.unixMsAt(busMs),
    });
  }

  /** What has happened since the last time. A process that was held up for long does not make up for all of it. */
  tick(): void {
    if (this.#units === undefined) return;
    const nowMs = this.#surroundings.clock.nowMs();
    const elapsedMs = nowMs - this.#tickedMs;
    const movedMs = Math.min(Math.max(elapsedMs, 0), MAX_CATCH_UP_MS);
    this.#tickedMs = nowMs;
    this.#busMs += movedMs;
    this.#behindMs += elapsedMs - movedMs;
    this.#wire.advance(this.#busMs);
  }

  /** Puts a frame of somebody else on the wire. */
  send(frame: CanFrame): void {
    this.#wire.send(frame);
  }

  #openUnits(options: VehicleBusOptions): VehicleBus {
    switch (this.#spec.bus) {
      case 'passenger':
        return openPassengerBus(options);
      case 'truck':
        return new TruckBus(options);
      case 'load':
        return openLoadBus(this.#wire, this.#spec, Math.floor(this.#surroundings.random() * 2 ** 32));
    }
  }
}

/** Longer pauses of the process are pauses of the bus. */
export const MAX_CATCH_UP_MS = 250;
