import { WaystationError } from '#gateway/model/errors.ts';
import { oneLine } from '#gateway/model/one-line.ts';
import { ACCEPTED, type Outcome } from '#gateway/sinks/delivery/target.ts';
import type { MqttProtocol } from './compose-publish.ts';

/** The hub, for messages. */
export interface HubAt {
  /** Names it. */
  readonly what: string;
  readonly protocol: MqttProtocol;
  /** Whether it had accepted the session. */
  readonly isOpen: boolean;
  /** The server that it names in its place. */
  readonly serverReference: string | undefined;
}

/** What the end of a session or of an attempt means: `hub.refused` where only a person can help, else `hub.unreachable`. */
export function hubError(hub: HubAt, error: Error): WaystationError {
  const { what, protocol, isOpen } = hub;
  const code = reasonCode(error);
  if (code === undefined) {
    const attempted = isOpen ? `The connection to ${what} failed` : `Connecting to ${what}`;
    return new WaystationError('hub.unreachable', `${attempted}: ${error.message}.`, { cause: error });
  }
  const attempted = isOpen ? `The connection to ${what} was ended` : `Connecting to ${what}: it answered`;
  const text = `${attempted}: ${error.message} (code ${code}).`;
  if (code === UNACCEPTABLE_PROTOCOL || code === UNSUPPORTED_PROTOCOL) {
    return new WaystationError('hub.refused', `${text} ${otherProtocol(protocol)}`, { cause: error });
  }
  if (code === USE_ANOTHER_SERVER || code === SERVER_MOVED) {
    return new WaystationError('hub.refused', `${text} ${otherServer(hub)}`, { cause: error });
  }
  return new WaystationError(REFUSALS.has(code) ? 'hub.refused' : 'hub.unreachable', text, { cause: error });
}

function otherServer({ serverReference }: HubAt): string {
  if (serverReference === undefined) return 'It names no other server: ask those who run it, and correct the url.';
  const named = oneLine(serverReference).slice(0, MAX_REFERENCE_CHARS);
  return `It names another server: ${named}. If you trust it, put it into the url of the sink.`;
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
const USE_ANOTHER_SERVER = 156;
const SERVER_MOVED = 157;
const MAX_REFERENCE_CHARS = 200;
/** The hub takes no packet of that size. */
export const PACKET_TOO_LARGE = 149;

/** Identifier, login, rights, ban, method: trying again soon would end alike. */
const REFUSALS: ReadonlySet<number> = new Set([2, 4, 5, 133, 134, NOT_AUTHORIZED, 138, 140]);
/** Topic name, packet size, payload format: the event itself. */
const REJECTIONS: ReadonlySet<number> = new Set([144, PACKET_TOO_LARGE, 153]);

/** MQTT.js puts the reason into `code`; the codes of Node's errors are strings. */
function reasonCode(error: Error): number | undefined {
  return 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}
