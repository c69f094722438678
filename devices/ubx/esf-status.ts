/** UBX-ESF-STATUS, whether a dead reckoning receiver has its sensors fused, and how each fares. */
export interface EsfStatus {
  readonly type: 'ESF-STATUS';
  readonly itowMs: number;
  /** `initializing` until enough has been driven; only `fusion` bridges a tunnel. */
  readonly fusionMode: 'initializing' | 'fusion' | 'suspended' | 'disabled';
  /** Of the wheel ticks, the mounting alignment, the inertial navigation and the inertial sensor. */
  readonly initialization: EsfInitialization;
  readonly sensors: readonly EsfSensor[];
}

/** How far the parts have been initialised. */
export interface EsfInitialization {
  readonly wheelTicks: EsfProgress;
  readonly mounting: EsfProgress;
  readonly inertialNavigation: EsfProgress;
  readonly inertialSensor: EsfProgress;
}

/** Progress of one part; `off` where the receiver has no such part. */
export type EsfProgress = 'off' | 'initializing' | 'done' | 'coarse';

/** A sensor of {@link EsfStatus}. */
export interface EsfSensor {
  /** 5 gyroscope z, 8 to 9 wheel ticks rear, 10 single tick, 11 speed, 13 and 14 gyroscope y and x, 16 to 18 accelerometer x, y, z. */
  readonly sensorType: number;
  readonly isUsed: boolean;
  readonly isReady: boolean;
  readonly calibration: 'none' | 'calibrating' | 'coarse' | 'fine';
  readonly timing: 'none' | 'onReception' | 'onTimeTag' | 'dataReady';
  readonly rateHz: number;
  readonly hasBadMeasurements: boolean;
  readonly hasBadTimeTags: boolean;
  readonly lacksMeasurements: boolean;
  readonly isNoisy: boolean;
}
