import { WaystationError } from '#gateway/model/errors.ts';
import { ACCEPTED, type Outcome } from '#gateway/sinks/delivery/target.ts';
import type { MqttProtocol } from './compose-publish.ts';

/**
 * What a failed attempt to connect means: `hub.refused` where only a person can help, else `hub.unreachable`.
 *
 * @param what names the hub in the message
 */
export function connectError(what: string, protocol: MqttProtocol, error: Error): WaystationError {
  const code = reasonCode(error);
  if (code === undefined)
    return new WaystationError('hub.unreachable', `Connecting to ${what}: ${error.message}.`, { cause: error });
  const text = `Connecting to ${what}: it answered: ${error.message} (code ${code}).`;
  if (code === UNACCEPTABLE_PROTOCOL || code === UNSUPPORTED_PROTOCOL) {
    return new WaystationError('hub.refused', `${text} ${otherProtocol(protocol)}`, { cause: error });
  }
  return new WaystationError(REFUSALS.has(code) ? 'hub.refused' : 'hub.unreachable', text, { cause: error });
}

/** Which setting to change when the hub does not speak the version that it was asked for. */
export function otherProtocol(protocol: MqttProtocol): string {
  return protocol === 5
    ? 'If the hub speaks MQTT 3.1.1 only, set `protocol: 3.1.1` (and `envelope: structured`) for this sink.'
    : 'If the hub speaks MQTT 5 only, set `protocol: 5` for this sink.';
}

/** What the answer to one PUBLISH means. */
export function publishOutcome(topic: string, error?: Error | null): Outcome {
  if (error === undefined || error === null) return ACCEPTED;
  const code = reasonCode(error);
  const text = `Publishing on ${topic}: ${error.message}${code === undefined ? '' : ` (code ${code})`}.`;
  if (code === NOT_AUTHORIZED) {
    return { kind: 'pause', error: new WaystationError('hub.refused', text, { cause: error }) };
  }
  if (code !== undefined && REJECTIONS.has(code)) {
    return { kind: 'rejected', error: new WaystationError('hub.rejectedEvent', text, { cause: error }) };
  }
  return { kind: 'retry', error: new WaystationError('hub.unreachable', text, { cause: error }) };
}

/** Reason codes of MQTT 5, and return codes of 3.1.1 where they are below 128. */
const UNACCEPTABLE_PROTOCOL = 1;
const UNSUPPORTED_PROTOCOL = 132;
const NOT_AUTHORIZED = 135;
/** The hub takes no packet of that size. */
export const PACKET_TOO_LARGE = 149;

/** Identifier, login, rights, ban, method, other server: trying again soon would end alike. */
const REFUSALS: ReadonlySet<number> = new Set([2, 4, 5, 133, 134, NOT_AUTHORIZED, 138, 140, 156, 157]);
/** Topic name, packet size, payload format: the event itself. */
const REJECTIONS: ReadonlySet<number> = new Set([144, PACKET_TOO_LARGE, 153]);

/** MQTT.js puts the reason into `code`; the codes of Node's errors are strings. */
function reasonCode(error: Error): number | undefined {
  return 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}
