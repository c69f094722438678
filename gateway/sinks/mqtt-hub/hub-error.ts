import { WaystationError } from '#gateway/model/errors.ts';
import { oneLine } from '#gateway/model/one-line.ts';
import { ACCEPTED, type Outcome } from '#gateway/sinks/delivery/target.ts';
import type { HubAt } from './hub-at.ts';
import { refusalHint } from './refusal-hint.ts';
import { needsNewCertificate, tlsFault } from './tls-fault.ts';

/** What the end of a session or of an attempt means: `hub.refused` where only a person can help, else `hub.unreachable`. */
export function hubError(hub: HubAt, error: Error): WaystationError {
  const { what, isOpen } = hub;
  const code = reasonCode(error);
  if (code === undefined) {
    const attempted = isOpen ? `The connection to ${what} failed` : `Connecting to ${what}`;
    const words = tlsFault(error) ?? (isOpen || !isReset(error) ? undefined : MAYBE_TLS);
    const text = `${attempted}: ${oneLine(error.message)}.${words === undefined ? '' : ` ${words}`}`;
    return new WaystationError(needsNewCertificate(error) ? 'hub.refused' : 'hub.unreachable', text, { cause: error });
  }
  const attempted = isOpen ? `The connection to ${what} was ended` : `Connecting to ${what}: it answered`;
  const hint = code === USE_ANOTHER_SERVER || code === SERVER_MOVED ? otherServer(hub) : refusalHint(hub, code);
  const text = `${attempted}: ${error.message} (code ${code}).${hint === undefined ? '' : ` ${hint}`}`;
  return new WaystationError(REFUSALS.has(code) ? 'hub.refused' : 'hub.unreachable', text, { cause: error });
}

/** The connection ended, and nobody said why. */
export function lostError(hub: HubAt): WaystationError {
  const { what, isOpen, hasTaken, unansweredCount } = hub;
  if (!isOpen) {
    const text = `Connecting to ${what}: it closed the connection without an answer. ${refusalHint(hub, UNSUPPORTED_PROTOCOL)}`;
    return new WaystationError('hub.unreachable', text);
  }
  const hint = !hasTaken && unansweredCount > 0 ? ` ${unsaid(hub)}` : '';
  return new WaystationError('hub.unreachable', `The connection to ${what} ended.${hint}`);
}

/** A hub of 3.1.1 has no other way to say no to a publish, and some of 5 take none. */
function unsaid({ hints }: HubAt): string {
  const tree = hints === undefined ? 'those topics' : hints.topicTree;
  return (
    `It answered none of what was published before. If that is so each time, the hub may not let the gateway publish on ${tree}, ` +
    'or take no packet of that size: see its log.'
  );
}

function otherServer({ serverReference }: HubAt): string {
  if (serverReference === undefined) return 'It names no other server: ask those who run it, and correct the url.';
  const named = oneLine(serverReference).slice(0, MAX_REFERENCE_CHARS);
  return `It names another server: ${named}. If you trust it, put it into the url of the sink.`;
}

/** The hub acknowledges nothing: what has arrived would never be known. */
export function qosError(what: string): WaystationError {
  return new WaystationError(
    'hub.refused',
    `Connecting to ${what}: it grants QoS 0 only, and acknowledges nothing; delivery needs QoS 1. Raise the maximum QoS of the ` +
      'hub, or of the gateway there, or name another hub in the url of this sink.',
  );
}

/** What the answer to one PUBLISH means. */
export function publishOutcome(hub: HubAt, topic: string, error?: Error | null): Outcome {
  if (error === undefined || error === null) return ACCEPTED;
  const code = reasonCode(error);
  const hint = code === undefined ? undefined : refusalHint(hub, code);
  const said = code === undefined ? '' : ` (code ${code})`;
  const text = `Publishing on ${topic}: ${error.message}${said}.${hint === undefined ? '' : ` ${hint}`}`;
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

/** Version, identifier, login, rights, ban, method, capability, place: trying again soon would end alike. */
const REFUSALS: ReadonlySet<number> = new Set([
  ...[UNACCEPTABLE_PROTOCOL, 2, 4, 5],
  ...[UNSUPPORTED_PROTOCOL, 133, 134, NOT_AUTHORIZED, 138, 140, 154, 155, USE_ANOTHER_SERVER, SERVER_MOVED],
]);
/** Topic name, packet size, payload format: the event itself. */
const REJECTIONS: ReadonlySet<number> = new Set([144, PACKET_TOO_LARGE, 153]);

/** What OpenSSL or a plain port does with what it cannot read, often without a word. */
const MAYBE_TLS =
  'If that is so each time, check the port, and mqtt:// or mqtts://, in the url of this sink: one side may speak TLS and the other not.';

function isReset(error: Error): boolean {
  return 'code' in error && error.code === 'ECONNRESET';
}

/** MQTT.js puts the reason into `code`; the codes of Node's errors are strings. */
function reasonCode(error: Error): number | undefined {
  return 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}
