import { z } from 'zod';
import { sizeField } from './fields.ts';

/** The buffer of raw frames, and the files that it is written to when something asks for it. */
export function captureSection() {
  return z
    .strictObject({
      beforeMs: z
        .int()
        .min(0)
        .max(600_000)
        .default(30_000)
        .describe('How long before the trigger a capture begins, as far as maxBytes reaches.'),
      afterMs: z.int().min(0).max(600_000).default(10_000).describe('How long after the last trigger a capture ends.'),
      maxBytes: sizeField(64 * 1024, 2 ** 30)
        .prefault('8MiB')
        .describe(
          'Memory of the buffer, taken at the start: 24 bytes for a frame. A file gets at most 4 times as large.',
        ),
      maxFiles: z.int().min(1).max(1000).default(10).describe('Files of this device; the oldest goes first.'),
    })
    .optional()
    .describe(
      'Keep the raw frames of the last seconds in memory; a publish on commands/<id>/freezeCapture, or waystation devices freeze, has them ' +
        'written to a file under dataDir/captures. Absent: off.',
    );
}
