import type { RefusalReason } from '#gateway/broker/refusals.ts';

/**
 * Why a connection ended: one of the ways in which any may end, or what was refused to it last. The labels of a metric, so there
 * is a fixed number of them; what a peer did wrong in the protocol is told by `notMqtt`, `malformedLength`, `malformedPacket`,
 * `protocolViolation`, `badMessage` and the sizes.
 */
export type DisconnectReason = OrdinaryEnd | RefusalReason;

/** The ways in which any connection may end. */
export type OrdinaryEnd = (typeof ORDINARY_ENDS)[number];

const ORDINARY_ENDS = [
  /** The client said DISCONNECT. */
  'byClient',
  /** The peer closed the connection without that. */
  'peerClosed',
  /** The network lost it, or the peer reset it. */
  'networkError',
  /** Nothing came for one and a half times the keep-alive [MQTT-3.1.2-24]. */
  'keepAlive',
  /** The same client connected anew [MQTT-3.1.4-2]. */
  'takenOver',
  /** Its session was ended: by `waystation clients end`, or because its client id became the name of an account. */
  'sessionEnded',
  /** The gateway ends. */
  'shutdown',
] as const;

/** Whether it is of those that need nobody's attention. */
export function isOrdinary(reason: DisconnectReason): reason is OrdinaryEnd {
  return ORDINARY.has(reason);
}

const ORDINARY: ReadonlySet<string> = new Set(ORDINARY_ENDS);
