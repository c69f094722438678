import type { Packet } from 'mqtt';
import type { MqttProtocol } from './compose-publish.ts';

/**
 * What a packet of the hub breaks that MQTT.js lets pass. The gateway publishes with QoS 1, and subscribes to nothing but what
 * comes down: whatever else a hub acknowledges was never asked, and must not move a cursor.
 *
 * @param isListening whether the gateway subscribes
 * @see MQTT 5.0, sections 3.2 and 4.3.2
 */
export function protocolFault(protocol: MqttProtocol, packet: Packet, isListening: boolean): string | undefined {
  switch (packet.cmd) {
    case 'connack':
      return connackFault(protocol, packet);
    case 'suback':
      return isListening ? undefined : unasked(packet.cmd);
    case 'publish':
      return packet.qos === 2 ? 'it sent a PUBLISH of QoS 2, and was asked for QoS 1 [MQTT-3.8.4-8]' : undefined;
    case 'pubrec':
    case 'pubrel':
    case 'pubcomp':
    case 'unsuback':
      return unasked(packet.cmd);
    case 'connect':
    case 'subscribe':
    case 'unsubscribe':
    case 'pingreq':
      return `it sent ${packet.cmd.toUpperCase()}, which only a client may`;
    default:
      return undefined;
  }
}

function unasked(cmd: string): string {
  return `it sent ${cmd.toUpperCase()}, which answers nothing that it was sent`;
}

function connackFault(protocol: MqttProtocol, packet: Packet & { readonly cmd: 'connack' }): string | undefined {
  const { length = 0, reasonCode, properties } = packet;
  // A hub of 3.1.1 refuses with two bytes; one that accepts so would read what follows otherwise than it was meant.
  const isRefusal = protocol === 5 && reasonCode !== 0;
  const minBytes = protocol === 5 && !isRefusal ? MIN_CONNACK_5_BYTES : MIN_CONNACK_BYTES;
  if (length < minBytes) return `its CONNACK has ${length} bytes of at least ${minBytes}`;
  if (properties?.receiveMaximum === 0) return 'its CONNACK grants a Receive Maximum of 0 [MQTT-3.2.2-21]';
  if (properties?.maximumPacketSize === 0) return 'its CONNACK grants a Maximum Packet Size of 0';
  return undefined;
}

/** Flags and return code. */
const MIN_CONNACK_BYTES = 2;
/** The same, and the length of the properties. */
const MIN_CONNACK_5_BYTES = 3;
