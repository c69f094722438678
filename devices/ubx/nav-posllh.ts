/** UBX-NAV-POSLLH, a position. It does not say whether there is a fix: NAV-STATUS or NAV-SOL of the same epoch does [S2]. */
export interface NavPosllh {
  readonly type: 'NAV-POSLLH';
  readonly itowMs: number;
  readonly latitudeDeg: number;
  readonly longitudeDeg: number;
  /** Above the ellipsoid. */
  readonly altitudeHaeM: number;
  /** Above mean sea level. */
  readonly altitudeMslM: number;
  /** One sigma, as the receiver estimates it; so is the vertical one. */
  readonly horizontalAccuracyM: number;
  readonly verticalAccuracyM: number;
}
