import type { GnssSentence } from '#devices/nmea0183/gnss-sentence.ts';

/**
 * What a receiver says, in either protocol: sentences (`#devices/nmea0183`) and UBX messages (`#devices/ubx`), told apart by `type`.
 * All units are SI, angles degrees; `undefined` is «not stated».
 */
export type GnssMessage = GnssSentence;
