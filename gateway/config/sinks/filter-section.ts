import { z } from 'zod';
import { topicFilterField } from '#gateway/config/fields.ts';

/** `filter` of a sink: what of the journal it forwards. */
export function filterSection() {
  return z
    .array(
      z.strictObject({
        topics: z.array(topicFilterField()).min(1).describe('Topic filters of the local topic.'),
        drop: z.literal(true).describe('Matching events stay in the journal and are not forwarded.'),
      }),
    )
    .default([])
    .describe('What is not forwarded.');
}
