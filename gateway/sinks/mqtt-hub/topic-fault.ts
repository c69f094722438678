import { WaystationError } from '#gateway/model/errors.ts';
import type { HubLimits } from './session.ts';

/** Why a kind of hub would never take a topic: it would end the connection for it, again and again. */
export function topicFault(topic: string, limits: HubLimits = {}): WaystationError | undefined {
  const { maxTopicLevels = Infinity, maxTopicBytes = MAX_MQTT_TOPIC_BYTES } = limits;
  const bytes = Buffer.byteLength(topic);
  if (bytes > maxTopicBytes) return fault(topic, `has ${bytes} bytes; such a hub takes ${maxTopicBytes}`);
  if (maxTopicLevels === Infinity) return undefined;
  const levels = topic.split('/').length;
  return levels > maxTopicLevels ? fault(topic, `has ${levels} levels; such a hub takes ${maxTopicLevels}`) : undefined;
}

/** A string of MQTT. */
const MAX_MQTT_TOPIC_BYTES = 65_535;

function fault(topic: string, words: string): WaystationError {
  return new WaystationError('hub.rejectedEvent', `The topic ${topic.slice(0, 200)} ${words}.`);
}
