/** UBX-NAV-VELNED, a velocity. It does not say whether there is a fix: NAV-STATUS or NAV-SOL of the same epoch does [S2]. */
export interface NavVelned {
  readonly type: 'NAV-VELNED';
  readonly itowMs: number;
  readonly velocityNorthMps: number;
  readonly velocityEastMps: number;
  /** Down positive. */
  readonly velocityDownMps: number;
  /** In three dimensions. */
  readonly speed3dMps: number;
  /** Over ground, horizontal. */
  readonly speedMps: number;
  /** Of motion, over ground, degrees true, 0 up to but without 360. */
  readonly headingDeg: number;
  /** One sigma. */
  readonly speedAccuracyMps: number;
  readonly headingAccuracyDeg: number;
}
