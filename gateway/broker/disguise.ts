import { MAX_TOPIC_LEVELS } from '#gateway/model/topic-filter.ts';

/** A packet or a subscription: what it names can be put aside. */
interface Named {
  topic: string;
  [CHOSEN]?: string;
}

const CHOSEN = Symbol('chosen');
/** Passes all checks of Aedes, and none of ours: should it ever stay, nobody may publish on it or subscribe to it. */
const STAND_IN = '\ufffd';

/**
 * Aedes ends a connection for a topic that it does not like before any hook of ours hears of it: without a count, without a word
 * in the log, and an account that is forgiven its publishes would come back with the same one for ever. So it looks at a stand-in,
 * until the hook calls {@link reveal} and judges what the client chose.
 *
 * @param index tells subscriptions of one packet apart, which Aedes would take for one
 */
export function disguise(named: Named, index = 0): void {
  named[CHOSEN] = named.topic;
  named.topic = `${STAND_IN}${index}`;
}

/** Undoes {@link disguise}, if it was done. */
export function reveal(named: Named): void {
  const chosen = named[CHOSEN];
  if (chosen === undefined) return;
  named.topic = chosen;
  delete named[CHOSEN];
}

/** Whether Aedes would not ask us about a publish on `topic`. On the way of every publish. */
export function isStrange(topic: string): boolean {
  return topic === '' || topic.includes('+') || topic.includes('#') || isTooDeep(topic);
}

/** Whether `topic`, or a filter, has more levels than are accepted. */
export function isTooDeep(topic: string, maxLevels = MAX_TOPIC_LEVELS): boolean {
  let levelCount = 1;
  for (let at = topic.indexOf('/'); at >= 0; at = topic.indexOf('/', at + 1)) levelCount++;
  return levelCount > maxLevels;
}
