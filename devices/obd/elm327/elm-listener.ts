import type { DtcStatus, ObdReading } from '#devices/obd/obd-message.ts';
import type { ObdVehicle } from './discover-vehicle.ts';

/** Who hears what a session says and finds. */
export interface ElmListener {
  /** To the adapter. */
  write(bytes: Uint8Array): void;
  /** What one round brought, of the parameters that were asked for. */
  onReadings(readings: readonly ObdReading[]): void;
  /** A round is over: so many parameters were answered. */
  onRound(answeredCount: number): void;
  /**
   * The codes of one status that a control unit has. Of one that does not answer nothing is told.
   *
   * @param isWhole they are all that it has; otherwise lines of its answer were lost
   */
  onCodes(ecu: string, status: DtcStatus, codes: ReadonlySet<string>, isWhole: boolean): void;
  onVehicle(vehicle: ObdVehicle): void;
  /** The supply was measured; undefined where the adapter cannot. */
  onVoltage(volts: number | undefined): void;
  /** The state of the session has changed. */
  onChange(): void;
}
