import { z } from 'zod';
import { slugField } from './fields.ts';

/** A device that has no port: it makes one position of several receivers' ones. */
export function selectionSection() {
  return z.strictObject({
    type: z.literal('gnssSelection').describe('The position of the best of several receivers.'),
    id: slugField().describe('Name of the device: its positions are published under devices/<id>/position.'),
    sources: z.array(slugField()).min(1).max(16).describe('Ids of devices of type gnss, the most preferred first.'),
    fallbackAfterMs: z
      .int()
      .min(100)
      .max(3_600_000)
      .default(5000)
      .describe(
        'A receiver that said nothing for so long gives way to another: longer than the interval of the slowest. One whose fix ' +
          'is not valid gives way at once.',
      ),
    returnAfterMs: z
      .int()
      .min(0)
      .max(86_400_000)
      .default(30_000)
      .describe('A more preferred receiver takes over again after so long with nothing but valid fixes.'),
  });
}
