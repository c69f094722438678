/** HDT, Heading, True: where the bow points, whichever way the vehicle moves. It states no time. */
export interface Hdt {
  /** Degrees clockwise from true north. */
  readonly trueHeadingDeg: number | undefined;
}
