import { z } from 'zod';
import { DEFAULT_REPORT, WINDOW_AGGREGATES } from '#gateway/model/report-defaults.ts';

/** The longest an interval may be. */
const MAX_INTERVAL_MS = 86_400_000;
const MAX_DEADBAND = 1e18;

/** What is published of a bus, by message and signal. Whether the names exist is for the DBC files to say. */
export function reportSection() {
  return z
    .record(z.string(), reportRule())
    .optional()
    .describe(
      'What is published of the bus, by exception: keys are default, MESSAGE and MESSAGE.SIGNAL, and each field is taken from the most ' +
        'particular rule that states it. Enumerations and single bits are published at each change, whatever the intervals.',
    );
}

const intervalField = () => z.int().min(0).max(MAX_INTERVAL_MS).optional();

function reportRule() {
  const { minIntervalMs, maxIntervalMs, aggregates } = DEFAULT_REPORT;
  return z
    .strictObject({
      minIntervalMs: intervalField().describe(
        `Events for changes of a value are at least so far apart; what is held back is published at the end. ${minIntervalMs} unless stated.`,
      ),
      maxIntervalMs: intervalField().describe(
        `While it is received, the message is published at least so often, changed or not; 0 only when it changed. ${maxIntervalMs} unless stated.`,
      ),
      deadband: z
        .number()
        .min(0)
        .max(MAX_DEADBAND)
        .optional()
        .describe('Differences from the value published last up to this are not published; in the unit of the signal.'),
      deadbandPercent: z
        .number()
        .min(0)
        .max(100)
        .optional()
        .describe('The same in percent of the value published last; where both are stated, the larger holds.'),
      windowMs: intervalField().describe('Publish sums of spans of this length instead of changes; 0 for none.'),
      aggregates: z
        .array(z.literal(WINDOW_AGGREGATES))
        .min(1)
        .optional()
        .describe(`What is published of a window; ${aggregates.join(', ')} unless stated.`),
      drop: z.boolean().optional().describe('Leave it out of events, and out of what makes one due.'),
    })
    .refine(({ minIntervalMs: min, maxIntervalMs: max }) => !min || !max || min <= max, {
      path: ['maxIntervalMs'],
      message: 'must not be less than minIntervalMs',
    });
}
