import { z } from 'zod';
import { slugField, streamIdField } from '#gateway/config/fields.ts';
import { filterSection } from './filter-section.ts';

/** The keys that every type of sink has. */
export function commonKeys() {
  return {
    id: slugField().describe('Name of the sink; its place in the journal is kept under this name.'),
    from: z.enum(['oldest', 'now']).default('oldest').describe('Where a sink begins that has never run before.'),
    lanes: z
      .array(streamIdField())
      .min(1)
      .optional()
      .describe('Streams to forward, by priority; when absent, all in the order of streams.'),
    order: z
      .enum(['oldestFirst', 'liveFirst'])
      .default('oldestFirst')
      .describe('After an outage: what was missed first, or what is newest, with the past filled in behind it.'),
    link: slugField()
      .optional()
      .describe('The entry of links that it sends over; without one nothing is counted or bounded.'),
    urgentLanes: z
      .array(streamIdField())
      .optional()
      .describe(
        'Those of lanes whose events never wait for a batch and may use what a link keeps in reserve; when absent, alerts if it is one.',
      ),
    filter: filterSection(),
  };
}
