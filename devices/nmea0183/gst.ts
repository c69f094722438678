/** GST, GNSS Pseudorange Error Statistics: how far off the position of its epoch may be. All errors are of one sigma, in metres. */
export interface Gst {
  readonly timeOfDayMs: number | undefined;
  /** Root mean square of the residuals of the ranges. */
  readonly residualM: number | undefined;
  readonly semiMajorErrorM: number | undefined;
  readonly semiMinorErrorM: number | undefined;
  /** Of the semi-major axis of the error ellipse, degrees true. */
  readonly semiMajorAxisDeg: number | undefined;
  readonly latitudeErrorM: number | undefined;
  readonly longitudeErrorM: number | undefined;
  readonly altitudeErrorM: number | undefined;
}
