import { z } from 'zod';
import { DEFAULT_GNSS_QUALITY, FIX_METHODS } from '#gateway/model/gnss-quality.ts';

const { mode, maxHdop, maxHorizontalAccuracyM, minSatellites, maxSpeedKmh, methods } = DEFAULT_GNSS_QUALITY;

/** The limits of a receiver's fixes. */
export function qualitySection() {
  return z
    .strictObject({
      mode: z.literal(['2d', '3d']).default(mode).describe('3d: a fix that the receiver calls 2D is not valid.'),
      maxHdop: z.number().positive().max(100).default(maxHdop).describe('Horizontal dilution of precision.'),
      maxHorizontalAccuracyM: z
        .number()
        .positive()
        .max(100_000)
        .default(maxHorizontalAccuracyM)
        .describe('One sigma, in metres, where the receiver states it (UBX, GST, PUBX,00); then maxHdop is not asked.'),
      minSatellites: z.int().min(0).max(100).default(minSatellites).describe('Satellites used.'),
      maxSpeedKmh: z
        .number()
        .positive()
        .max(40_000)
        .default(maxSpeedKmh)
        .describe(
          'A faster fix is not valid, nor one further from the last valid one than this speed carries (a jump).',
        ),
      methods: z
        .array(z.literal(FIX_METHODS))
        .min(1)
        .default([...methods])
        .describe(
          'How a position may come about; estimated is dead reckoning, where satellites and hdop are not asked.',
        ),
    })
    .prefault({})
    .describe(
      'What a fix must be to be published as valid; what is below is published with valid false and the reasons.',
    );
}
