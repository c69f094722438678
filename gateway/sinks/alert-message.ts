import { encodeEvent, stampedTime } from '#gateway/model/event-payload.ts';
import type { Message, Stamp } from '#gateway/model/message.ts';

const TREE = 'alerts/';

/**
 * An alarm of the gateway itself: an event that every sink forwards; see the catalogue in `docs/events.md`.
 *
 * @param topic what follows `alerts/` is the type of the event, such as `sink.paused`
 * @param clientId the part of the gateway that raises it, such as `@sinks`: the alarms of one stay in order [B2]
 */
export function alertMessage(topic: `${typeof TREE}${string}`, clientId: string, stamp: Stamp, data: object): Message {
  return {
    ...{ topic, payload: encodeEvent(topic.slice(TREE.length), stampedTime(stamp), data), clientId },
    ...{ qos: 1, isRetained: false, isDuplicate: false, payloadFormat: 'utf8', contentType: 'application/json' },
  };
}
