/** THS, True Heading and Status: where the bow points, and how that is known. It states no time. */
export interface Ths {
  /** Degrees clockwise from true north. */
  readonly trueHeadingDeg: number | undefined;
  /** `invalid` denies the heading; without a word of it nothing vouches for the heading. */
  readonly headingQuality: HeadingQuality | undefined;
}

/** How a heading came about. */
export type HeadingQuality = 'autonomous' | 'estimated' | 'manual' | 'simulated' | 'invalid';
