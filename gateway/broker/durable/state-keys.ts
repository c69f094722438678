import type { StreamId } from '#gateway/model/message.ts';

/**
 * The keys of the state. A session goes by a number, so that what it holds has short keys, and nothing of it can be taken for
 * that of a later session with the same client id.
 *
 * ```text
 * v                        version of this scheme
 * m/STREAM                 mark: how far the stream has been fanned out
 * s/SESSION                a persistent session
 * f/SESSION/FILTER         one of its subscriptions
 * q/SESSION/NUMBER         a message on its way to it
 * i/SESSION/ID             a QoS 2 packet id that it has not released
 * c/SESSION/STREAM/SEQ     a QoS 2 publish of its client beyond the mark, released
 * d/SESSION/STREAM/SEQ     a QoS 2 message beyond the mark that it has completed
 * r/TOPIC                  a retained message
 * w/NUMBER                 the will of a client that is connected
 * ```
 * Numbers are in base 36.
 */
export const stateKeys = {
  version: 'v',
  mark: (stream: string) => `m/${stream}`,
  session: (session: number) => `s/${text(session)}`,
  subscription: (session: number, filter: string) => `f/${text(session)}/${filter}`,
  outgoing: (session: number, entry: number) => `q/${text(session)}/${text(entry)}`,
  inbound: (session: number, packetId: number) => `i/${text(session)}/${text(packetId)}`,
  released: (session: number, stream: StreamId, sequence: number) => `c/${text(session)}/${stream}/${text(sequence)}`,
  completed: (session: number, stream: StreamId, sequence: number) => `d/${text(session)}/${stream}/${text(sequence)}`,
  retained: (topic: string) => `r/${topic}`,
  will: (number: number) => `w/${text(number)}`,
} as const;

/** What a key says. */
export type StateKey =
  | SessionKey
  | { readonly kind: 'version' }
  | { readonly kind: 'mark'; readonly stream: string }
  | { readonly kind: 'retained'; readonly topic: string }
  | { readonly kind: 'will'; readonly number: number };

/** Of a session, or of what it holds. */
export type SessionKey =
  | { readonly kind: 'session'; readonly session: number }
  | { readonly kind: 'subscription'; readonly session: number; readonly filter: string }
  | { readonly kind: 'outgoing' | 'inbound'; readonly session: number; readonly number: number }
  | { readonly kind: 'released' | 'completed'; readonly session: number; readonly place: string };

/** @returns undefined for what is no key */
export function parseStateKey(key: string): StateKey | undefined {
  if (key === stateKeys.version) return { kind: 'version' };
  if (key[1] !== '/') return undefined;
  const rest = key.slice(2);
  if (key[0] === 'r') return { kind: 'retained', topic: rest };
  if (key[0] === 'm') return { kind: 'mark', stream: rest };
  const end = rest.indexOf('/');
  const session = numberOf(end < 0 ? rest : rest.slice(0, end));
  if (session === undefined) return undefined;
  if (key[0] === 's') return end < 0 ? { kind: 'session', session } : undefined;
  if (key[0] === 'w') return end < 0 ? { kind: 'will', number: session } : undefined;
  return end < 0 ? undefined : partOf(key[0], session, rest.slice(end + 1));
}

function partOf(letter: string | undefined, session: number, part: string): StateKey | undefined {
  if (letter === 'f') return { kind: 'subscription', session, filter: part };
  if (letter === 'c') return { kind: 'released', session, place: part };
  if (letter === 'd') return { kind: 'completed', session, place: part };
  const number = numberOf(part);
  if (number === undefined) return undefined;
  if (letter === 'q') return { kind: 'outgoing', session, number };
  return letter === 'i' ? { kind: 'inbound', session, number } : undefined;
}

/** The place as the keys `c` and `d` name it. */
export function placeText(stream: StreamId, sequence: number): string {
  return `${stream}/${text(sequence)}`;
}

function text(number: number): string {
  return number.toString(36);
}

function numberOf(digits: string): number | undefined {
  if (!/^(?:0|[1-9a-z][0-9a-z]{0,9})$/.test(digits)) return undefined;
  const number = Number.parseInt(digits, 36);
  return Number.isSafeInteger(number) ? number : undefined;
}
