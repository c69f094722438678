import type { CanSpec } from './can/can-spec.ts';
import type { Clock } from './clock.ts';
import type { Elm327Spec } from './elm327/elm327-spec.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { PortFault } from './scenario/step-section.ts';
import type { Firmware, SerialLine } from './serial/usb-serial-device.ts';
import type { Vehicle } from './vehicle/vehicle.ts';

/** What is behind a serial port, live or played from a recording. */
export interface SimulatedDevice extends AsyncDisposable {
  /** Sentences or frames dropped whole since the start, because the reader did not keep up. */
  readonly overrunCount: number;
  /** Appears under its link. */
  plug(): void;
  apply(fault: PortFault): void;
  /** Makes nothing new. Resolves when what was under way is finished. */
  stop(): Promise<void>;
}

/** A device of a scenario that is no receiver. */
export type DeviceSpec = CanSpec | Elm327Spec;

/** What a device of a scenario needs of its surroundings. */
export interface ScenarioSurroundings {
  readonly clock: Clock;
  /** When the scenario began, by the clock. */
  readonly startedMs: number;
  /** When the scenario began, in the time that its devices believe in. */
  readonly startUnixMs: number;
  readonly vehicle: Vehicle;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly openLine: (firmware: Firmware) => SerialLine;
  /** Takes a line of the account that `--ledger` keeps. */
  readonly note: (line: object) => void;
  /** Takes what `--log` keeps; absent without it. */
  readonly record?: (piece: Uint8Array) => void;
  /** Tells whoever watches, in words. */
  readonly tell: (text: string) => void;
}

/** What every device needs of its surroundings. */
export interface DeviceOptions {
  readonly linkPath: string;
  readonly clock: Clock;
  readonly ledger: Ledger;
}

/** What a live device needs besides. */
export interface LiveDeviceOptions extends DeviceOptions {
  readonly vehicle: Vehicle;
  /** When the vehicle started, in milliseconds since the Unix epoch. */
  readonly startedMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}
