import type { Clock } from './clock.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { PortFault } from './scenario/step-section.ts';
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
