import type { OutgoingEvent, Packet } from '#gateway/sinks/delivery/target.ts';
import { type CloudEvent, describeEvent } from './cloud-event.ts';
import { structuredMode } from './structured-mode.ts';

/** How events look at the hub. */
export interface PublishFormat {
  /** First topic level or levels at the hub. */
  readonly prefix: string;
  /** The display name: a topic level. */
  readonly gatewayId: string;
  /** Made once, never changes: the source of every event. */
  readonly gatewayUid: string;
  readonly protocol: MqttProtocol;
  readonly envelope: Envelope;
}

/** The MQTT version that the hub is asked to speak. */
export type MqttProtocol = 5 | '3.1.1';

/**
 * Where the attributes of an event travel: as MQTT 5 user properties (CloudEvents binary mode), around the payload (CloudEvents
 * JSON, for hubs that speak 3.1.1), or not at all.
 */
export type Envelope = 'properties' | 'structured' | 'none';

/** One PUBLISH with QoS 1, but for its packet identifier. */
export interface PublishPacket extends Packet {
  readonly topic: string;
  readonly payload: Buffer;
  readonly isRetained?: boolean;
  /** MQTT 5 alone. */
  readonly properties?: PublishProperties;
}

/** The MQTT 5 properties that we use, named as MQTT.js names them. */
export interface PublishProperties {
  readonly contentType?: string;
  readonly correlationData?: Buffer;
  readonly userProperties?: Readonly<Record<string, string>>;
}

/**
 * Composes the packet of one event. Deterministic: key order, spelling and bytes depend on the event and the format alone, so a
 * re-send is the same packet [D2].
 *
 * @see CloudEvents 1.0, MQTT protocol binding, sections 3.1 and 3.2; JSON event format, section 3
 */
export function composePublish(format: PublishFormat, event: OutgoingEvent): PublishPacket {
  const { topic: localTopic, payload } = event.stored.record;
  const topic = `${format.prefix}/${format.gatewayId}/${localTopic}`;
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  switch (format.envelope) {
    case 'none':
      return composePacket(format.protocol, topic, bytes, {});
    case 'properties':
      return composePacket(format.protocol, topic, bytes, binaryMode(describeEvent(event, format.gatewayUid)));
    case 'structured': {
      const cloudEvent = describeEvent(event, format.gatewayUid);
      return composePacket(format.protocol, topic, structuredMode(cloudEvent, localTopic, bytes, 'document'), {
        contentType: 'application/cloudevents+json; charset=utf-8',
        ...correlationProperty(cloudEvent),
      });
    }
  }
}

function binaryMode(event: CloudEvent): PublishProperties {
  const { id, source, type, time, timeExtensions, prev, isReplayed, contentType, hopCount } = event;
  return {
    ...(contentType === undefined ? {} : { contentType }),
    ...correlationProperty(event),
    userProperties: {
      ...{ specversion: '1.0', id, source, type },
      ...(time === undefined ? {} : { time }),
      ...timeExtensions,
      prev,
      ...(isReplayed ? { replayed: 'true' } : {}),
      ...(hopCount === undefined ? {} : { hops: String(hopCount) }),
    },
  };
}

/** @see MQTT 5.0, section 3.3.2.3.6 */
function correlationProperty({ correlation }: CloudEvent): Pick<PublishProperties, 'correlationData'> {
  if (correlation === undefined) return {};
  return { correlationData: Buffer.from(correlation.buffer, correlation.byteOffset, correlation.byteLength) };
}

/** A packet with its size on the connection. MQTT 3.1.1 has no properties. */
export function composePacket(
  protocol: MqttProtocol,
  topic: string,
  payload: Buffer,
  properties: PublishProperties,
): PublishPacket {
  const packetIdBytes = 2;
  const headBytes = stringBytes(topic) + packetIdBytes;
  if (protocol === '3.1.1') return { topic, payload, sizeBytes: packetBytes(headBytes + payload.length) };
  const propertyBytes = countPropertyBytes(properties);
  const remaining = headBytes + varintBytes(propertyBytes) + propertyBytes + payload.length;
  return { topic, payload, properties, sizeBytes: packetBytes(remaining) };
}

/** @see MQTT 5.0, section 2.2.2 */
function countPropertyBytes({ contentType, correlationData, userProperties = {} }: PublishProperties): number {
  let bytes = contentType === undefined ? 0 : 1 + stringBytes(contentType);
  // Binary data has its length before it, as text has.
  if (correlationData !== undefined) bytes += 1 + 2 + correlationData.length;
  for (const [name, value] of Object.entries(userProperties)) bytes += 1 + stringBytes(name) + stringBytes(value);
  return bytes;
}

function packetBytes(remainingBytes: number): number {
  return 1 + varintBytes(remainingBytes) + remainingBytes;
}

function stringBytes(text: string): number {
  return 2 + Buffer.byteLength(text);
}

/** @see MQTT 5.0, section 1.5.5 */
function varintBytes(value: number): number {
  if (value < 128) return 1;
  if (value < 16_384) return 2;
  return value < 2_097_152 ? 3 : 4;
}
