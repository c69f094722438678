import type { Decoded } from '#devices/decoded.ts';
import type { FieldReader, FieldRejection } from './field-reader.ts';
import { formatDecimal, formatTimeOfDay } from './format-field.ts';
import type { Addressed, NmeaSentence } from './nmea-sentence.ts';

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

/**
 * ```text
 *        0         1   2   3   4   5   6   7
 * $GPGST,hhmmss.ss,r.r,j.j,n.n,d.d,a.a,o.o,h.h*hh
 *        time      |   |   |   |   |   |   altitude
 *                  |   |   |   |   |   longitude
 *           residual   |   |   |   latitude
 *             semi-major   |   direction of the semi-major axis
 *                 semi-minor
 * ```
 * @see NMEA 0183 4.11, GST
 */
export function decodeGst(read: FieldReader, talker: string): Decoded<Addressed<'GST', Gst>, FieldRejection> {
  return read.finish({
    type: 'GST',
    talker,
    timeOfDayMs: read.timeOfDayMs(),
    residualM: read.magnitude(),
    semiMajorErrorM: read.magnitude(),
    semiMinorErrorM: read.magnitude(),
    semiMajorAxisDeg: read.headingDeg(),
    latitudeErrorM: read.magnitude(),
    longitudeErrorM: read.magnitude(),
    altitudeErrorM: read.magnitude(),
  });
}

/** The inverse of {@link decodeGst}, in millimetres and 0.1 degrees. */
export function encodeGst(talker: string, gst: Gst): NmeaSentence {
  const fields = [
    formatTimeOfDay(gst.timeOfDayMs),
    formatDecimal(gst.residualM, 3),
    formatDecimal(gst.semiMajorErrorM, 3),
    formatDecimal(gst.semiMinorErrorM, 3),
    formatDecimal(gst.semiMajorAxisDeg, 1),
    formatDecimal(gst.latitudeErrorM, 3),
    formatDecimal(gst.longitudeErrorM, 3),
    formatDecimal(gst.altitudeErrorM, 3),
  ];
  return { talker, type: 'GST', fields };
}
