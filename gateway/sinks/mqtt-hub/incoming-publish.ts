import type { IPublishPacket } from 'mqtt';
import type { IncomingPublish } from './session.ts';

/** A publish of the hub, as MQTT.js hands it over, in our words; what it holds came from outside. */
export function incomingPublish(packet: IPublishPacket): IncomingPublish {
  const { topic, payload, qos, retain, dup, messageId, properties = {} } = packet;
  const { contentType, messageExpiryInterval, responseTopic, correlationData, userProperties } = properties;
  return {
    ...{ topic, qos, isRetained: retain, isDuplicate: dup },
    payload: typeof payload === 'string' ? Buffer.from(payload) : payload,
    ...(messageId === undefined ? {} : { packetId: messageId }),
    ...(contentType === undefined ? {} : { contentType }),
    ...(messageExpiryInterval === undefined ? {} : { expirySeconds: messageExpiryInterval }),
    ...(responseTopic === undefined ? {} : { responseTopic }),
    ...(correlationData === undefined ? {} : { correlationData }),
    ...(userProperties === undefined ? {} : { userProperties: pairsOf(userProperties) }),
  };
}

/** A name that comes twice has a list of values. */
function pairsOf(properties: Readonly<Record<string, string | readonly string[]>>): [name: string, value: string][] {
  return Object.entries(properties).flatMap(([name, values]) =>
    (typeof values === 'string' ? [values] : values).map((value): [string, string] => [name, value]),
  );
}
