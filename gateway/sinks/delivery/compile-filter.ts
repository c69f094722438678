import type { EventRecord } from '#gateway/model/message.ts';
import { matchesTopic } from '#gateway/model/topic-filter.ts';
import type { FilterRule } from '#gateway/sinks/shape/filter-rule.ts';

/** Whether an event goes to the sink. */
export type EventFilter = (record: EventRecord) => boolean;

/** Topics whose decision is remembered, per sink; beyond that the memory starts anew. */
export const MAX_REMEMBERED_TOPICS = 4096;

/** Makes the filter of one sink. Deciding on a topic seen before costs one look-up. */
export function compileFilter(rules: readonly FilterRule[]): EventFilter {
  const dropped = rules.flatMap((rule) => (rule.drop === true ? rule.topics : []));
  if (dropped.length === 0) return () => true;
  const decisions = new Map<string, boolean>();
  return ({ topic }) => {
    const known = decisions.get(topic);
    if (known !== undefined) return known;
    const passes = !dropped.some((filter) => matchesTopic(filter, topic));
    if (decisions.size >= MAX_REMEMBERED_TOPICS) decisions.clear();
    decisions.set(topic, passes);
    return passes;
  };
}
