/**
 * MQTT topic names and filters.
 *
 * @see MQTT 3.1.1, section 4.7
 */

/** Deepest topic that the gateway accepts, in levels. */
export const MAX_TOPIC_LEVELS = 32;
/** Longest topic that the gateway accepts, in bytes of UTF-8. */
export const MAX_TOPIC_BYTES = 1024;

/**
 * Whether a message may be published on `topic`: no wildcards, not empty, within the limits above, and no character that a
 * receiver may end the connection for: one such topic would stop every other event on the way to such a hub.
 */
export function isTopicName(topic: string): boolean {
  return isWithinLimits(topic) && !/[+#]/.test(topic) && !FORBIDDEN.test(topic);
}

/** Control characters, noncharacters, halves of pairs, and the sign that stands for bytes that were no UTF-8 [MQTT-1.5.3-1]. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\ufffd]/u;

/** Whether `filter` may be subscribed to: `+` fills a level, `#` ends the filter [MQTT-4.7.1-2, MQTT-4.7.1-3]. */
export function isTopicFilter(filter: string): boolean {
  if (!isWithinLimits(filter) || FORBIDDEN.test(filter)) return false;
  const levels = filter.split('/');
  return levels.every((level, index) => {
    if (level.includes('#')) return level === '#' && index === levels.length - 1;
    return !level.includes('+') || level === '+';
  });
}

function isWithinLimits(topic: string): boolean {
  if (topic === '' || topic.length > MAX_TOPIC_BYTES) return false;
  return Buffer.byteLength(topic) <= MAX_TOPIC_BYTES && topic.split('/').length <= MAX_TOPIC_LEVELS;
}

/** Whether `topic` falls under `filter`. A wildcard in the first level never matches a topic that begins with `$` [MQTT-4.7.2-1]. */
export function matchesTopic(filter: string, topic: string): boolean {
  return matchesLevels(filter.split('/'), topic.split('/'));
}

/** The same of what was split at its slashes: for where one topic is held against many filters. */
export function matchesLevels(wanted: readonly string[], levels: readonly string[]): boolean {
  if (levels[0]?.startsWith('$') && !wanted[0]?.startsWith('$')) return false;
  for (let index = 0; index < wanted.length; index++) {
    const level = wanted[index];
    if (level === '#') return true;
    if (index >= levels.length || (level !== '+' && level !== levels[index])) return false;
  }
  return wanted.length === levels.length;
}

/** Whether every topic that `inner` can match is also matched by `outer`: what a right to subscribe must cover. */
export function coversFilter(outer: string, inner: string): boolean {
  if (inner.startsWith('$') && !outer.startsWith('$')) return false;
  const granted = outer.split('/');
  const asked = inner.split('/');
  for (const [index, level] of granted.entries()) {
    if (level === '#') return true;
    const wanted = asked[index];
    if (wanted === undefined || wanted === '#') return false;
    if (level !== '+' && level !== wanted) return false;
  }
  return granted.length === asked.length;
}
