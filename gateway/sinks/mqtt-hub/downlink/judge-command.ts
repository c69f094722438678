import type { Message } from '#gateway/model/message.ts';
import type { DownlinkRefusal } from '#gateway/model/sink-status.ts';
import { isTopicName, matchesTopic } from '#gateway/model/topic-filter.ts';
import type { IncomingPublish } from '#gateway/sinks/mqtt-hub/session.ts';

/** What may come down, and whose it is then. */
export interface DownlinkRules {
  /** In front of the local topic: `fleet/truck-7/down/`. */
  readonly root: string;
  /** Topic filters of local topics, each within {@link COMMAND_TREES}. */
  readonly allow: readonly string[];
  /** The publisher that the gateway takes it for: {@link downlinkClientId}. */
  readonly clientId: string;
  readonly maxPayloadBytes: number;
}

/** What becomes of a publish of the hub. */
export type Judgement =
  | { readonly kind: 'taken'; readonly message: Message }
  | { readonly kind: 'ignored'; readonly reason: DownlinkRefusal };

/** Whatever is allowed, nothing else comes down: a hub must not make up what sensors and devices say. */
const COMMAND_TREES: readonly string[] = ['commands/#', 'replies/#'];
/** How often a command may have come down on its way, by the user property `hops`; then two hubs send it round in circles. */
export const MAX_HOPS = 4;
/** Correlation data, response topic and user properties of one command; they are kept with it. */
export const MAX_ATTRIBUTE_BYTES = 8192;

const HOPS = 'hops';

/** The client id of what came down to a sink. No slug has a slash, so it is that of no device and no other part. */
export function downlinkClientId(sinkId: string): string {
  return `@sinks/${sinkId}`;
}

/**
 * Pure, and never throws, whatever the hub sends.
 *
 * @param waitedMs since it came: its expiry goes on [MQTT-3.3.2-6]
 */
export function judgeCommand(rules: DownlinkRules, publish: IncomingPublish, waitedMs = 0): Judgement {
  const { payload, qos, isRetained, isDuplicate, contentType, responseTopic, correlationData } = publish;
  const expirySeconds = publish.expirySeconds && Math.max(0, publish.expirySeconds - Math.floor(waitedMs / 1000));
  const topic = publish.topic.startsWith(rules.root) ? publish.topic.slice(rules.root.length) : '';
  const userProperties = publish.userProperties?.filter(([name]) => name !== HOPS) ?? [];
  const hopCount = hopsOf(publish) + 1;
  if (!isAllowed(rules.allow, topic)) return ignored('notAllowed');
  // It would come again at each connect: a restart that never ends.
  if (isRetained) return ignored('retained');
  if (expirySeconds === 0) return ignored('expired');
  if (payload.length > rules.maxPayloadBytes || attributeBytes(publish) > MAX_ATTRIBUTE_BYTES)
    return ignored('tooLarge');
  if (hopCount > MAX_HOPS) return ignored('tooManyHops');
  const message: Message = {
    ...{ topic, payload, qos, isRetained: false, isDuplicate, clientId: rules.clientId, hopCount },
    ...(expirySeconds === undefined ? {} : { expirySeconds }),
    ...(contentType === undefined ? {} : { contentType }),
    ...(responseTopic === undefined ? {} : { responseTopic }),
    ...(correlationData === undefined ? {} : { correlationData }),
    ...(userProperties.length === 0 ? {} : { userProperties }),
  };
  return { kind: 'taken', message };
}

function ignored(reason: DownlinkRefusal): Judgement {
  return { kind: 'ignored', reason };
}

function isAllowed(allow: readonly string[], topic: string): boolean {
  const isCommand = isTopicName(topic) && COMMAND_TREES.some((tree) => matchesTopic(tree, topic));
  return isCommand && topic.includes('/') && allow.some((filter) => matchesTopic(filter, topic));
}

/** What is no number says nothing. */
function hopsOf({ userProperties = [] }: IncomingPublish): number {
  const stated = userProperties.filter(([name, value]) => name === HOPS && /^\d{1,3}$/.test(value));
  return Math.max(0, ...stated.map(([, value]) => Number(value)));
}

function attributeBytes({ contentType, responseTopic, correlationData, userProperties = [] }: IncomingPublish): number {
  let bytes =
    (correlationData?.length ?? 0) + Buffer.byteLength(responseTopic ?? '') + Buffer.byteLength(contentType ?? '');
  for (const [name, value] of userProperties) bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
  return bytes;
}
