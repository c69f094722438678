import type { Message, QoS } from '#gateway/model/message.ts';

/** A packet as Aedes hands it to its persistence. */
export interface EnginePacket {
  readonly cmd?: string;
  readonly topic?: string | undefined;
  readonly payload?: Buffer | string;
  readonly qos?: QoS;
  readonly retain?: boolean;
  readonly dup?: boolean;
  readonly messageId?: number | undefined;
  readonly brokerId?: string | undefined;
  readonly brokerCounter?: number | undefined;
}

/** A packet that is kept, as Aedes gets it back. */
export interface StoredPacket extends EnginePacket {
  messageId?: number | undefined;
}

/** A will, with the marks that Aedes looks for on it. */
export interface StoredWill {
  clientId?: string;
  brokerId?: string | undefined;
}

/** A copy that has no packet id yet. */
export function storedPacket(packet: EnginePacket): StoredPacket {
  const { cmd = 'publish', topic, payload = '', qos = 0, retain = false, dup = false } = packet;
  const { brokerId, brokerCounter } = packet;
  return { cmd, topic, payload, qos, retain, dup, messageId: undefined, brokerId, brokerCounter };
}

/** The message that is in it; wills have no packet id. */
export function messageOf(packet: EnginePacket, clientId = ''): Message {
  const { topic = '', payload = '', qos = 0, retain = false, dup = false, messageId: packetId } = packet;
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  const message = { topic, payload: bytes, qos, isRetained: retain, isDuplicate: dup, clientId };
  return packetId === undefined ? message : { ...message, packetId };
}
