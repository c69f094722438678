/** What an adapter for on-board diagnostics and its vehicle say, since the port was opened. */
export interface ObdStatus {
  /**
   * `searching` for the adapter, `connecting` to the vehicle, `polling`. `resting`: nothing charges and the engine stands, only the voltage
   * is measured. `silent`: nobody answers, it is tried again.
   */
  readonly state: 'searching' | 'connecting' | 'polling' | 'resting' | 'silent';
  /** As it calls itself. Absent until it was found. */
  readonly adapter?: string;
  /** The bus of the vehicle. Absent until it was found. */
  readonly protocol?: string;
  /** Supply of the vehicle, as last measured. */
  readonly voltageV?: number;
  /** `on` while parameters are asked for, `off` while it rests. */
  readonly ignition: 'on' | 'off' | 'unknown';
  /** Parameters that were answered, over the last seconds. */
  readonly pidsPerSecond: number;
}
