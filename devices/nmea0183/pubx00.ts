/** PUBX,00, proprietary position sentence of u-blox: position, motion and their accuracy in one. */
export interface Pubx00 {
  readonly timeOfDayMs: number | undefined;
  readonly latitudeDeg: number | undefined;
  readonly longitudeDeg: number | undefined;
  /** Above the ellipsoid. */
  readonly altitudeHaeM: number | undefined;
  readonly navigation: UbloxNavigation | undefined;
  /** One sigma. */
  readonly horizontalAccuracyM: number | undefined;
  /** One sigma. */
  readonly verticalAccuracyM: number | undefined;
  readonly speedMps: number | undefined;
  /** Course over ground, degrees true. */
  readonly headingDeg: number | undefined;
  /** Up is positive. */
  readonly climbMps: number | undefined;
  readonly correctionAgeS: number | undefined;
  readonly hdop: number | undefined;
  readonly vdop: number | undefined;
  readonly tdop: number | undefined;
  readonly satellitesUsed: number | undefined;
}

/** What the position rests on; `timeOnly` and `none` are no position. */
export type UbloxNavigation =
  | 'none'
  | 'timeOnly'
  | 'deadReckoning'
  | 'combined'
  | '2d'
  | '3d'
  | 'differential2d'
  | 'differential3d';
