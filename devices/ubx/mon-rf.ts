import type { AntennaPower, AntennaState, JammingState } from './mon-hw.ts';

/** UBX-MON-RF, antenna and interference of a receiver of generation 9 and later, per band. It states no time. */
export interface MonRf {
  readonly type: 'MON-RF';
  readonly bands: readonly MonRfBand[];
}

/** A front end of {@link MonRf}: block 0 is the L1 band, 1 the L2 or L5 band. */
export interface MonRfBand {
  readonly blockId: number;
  readonly antenna: AntennaState;
  readonly antennaPower: AntennaPower;
  readonly jamming: JammingState;
  /** 0 none to 255 strong continuous-wave interference. */
  readonly jammingIndicator: number;
  /** As measured by the receiver, without a unit. */
  readonly noisePerMs: number;
  /** Automatic gain control, 0 to 8191. */
  readonly gain: number;
}
