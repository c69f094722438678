/** The units of speed that NMEA 0183 uses; inside, speed is metres per second. */

/** Metres per second in a knot: a nautical mile is 1852 m. */
export const MPS_PER_KNOT = 1852 / 3600;

/** Metres per second in a kilometre per hour. */
export const MPS_PER_KMH = 1 / 3.6;
