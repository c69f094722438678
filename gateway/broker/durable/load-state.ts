import type { StateMap } from '#gateway/journal/state/state-map.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import type { Place, QoS } from '#gateway/model/message.ts';
import {
  decodeEntry,
  decodeInbound,
  decodeMark,
  decodeRetained,
  decodeSession,
  decodeSubscription,
  decodeVersion,
  decodeWill,
  type Mark,
  STATE_VERSION,
  type StateRejection,
  type StoredEntry,
  type StoredRetained,
  type StoredSession,
  type StoredWill,
} from './state-codec.ts';
import { parseStateKey, type SessionKey, type StateKey } from './state-keys.ts';

/** What a session holds in the state. */
export interface LoadedSession {
  stored: StoredSession | undefined;
  readonly subscriptions: Map<string, QoS>;
  readonly entries: Map<number, StoredEntry>;
  readonly inbound: Map<number, Place | undefined>;
  /** Places beyond the mark, as `placeText` names them: released by its client, and completed by it. */
  readonly released: Set<string>;
  readonly completed: Set<string>;
  /** Of all that it holds. */
  readonly keys: Set<string>;
  /** Those of the entries, once somebody has asked. */
  places: Set<string> | undefined;
}

/** Everything in the state. */
export interface LoadedState {
  /** Undefined in one that nothing was written to yet. */
  version: number | undefined;
  readonly marks: Map<string, Mark>;
  readonly sessions: Map<number, LoadedSession>;
  readonly retained: StoredRetained[];
  readonly wills: Map<number, StoredWill>;
  /** Keys that mean nothing, or whose values do not. */
  readonly strange: { readonly key: string; readonly reason: StateRejection | 'bad-key' }[];
}

/** Reads the state. @throws WaystationError `journal.unknownFormat` if a newer version has written it, `journal.failed` */
export async function loadState(map: StateMap): Promise<LoadedState> {
  const loaded: LoadedState = {
    version: undefined,
    marks: new Map(),
    sessions: new Map(),
    retained: [],
    wills: new Map(),
    strange: [],
  };
  await map.load((key, value) => {
    const parsed = parseStateKey(key);
    const reason = parsed === undefined ? 'bad-key' : take(loaded, parsed, key, value);
    if (reason !== undefined) loaded.strange.push({ key, reason });
  });
  if (loaded.version !== undefined && loaded.version > STATE_VERSION) {
    const found = `found version ${loaded.version}, and knows up to ${STATE_VERSION}`;
    throw new WaystationError('journal.unknownFormat', `Reading what the broker keeps in the journal: ${found}.`);
  }
  return loaded;
}

/** @returns why the value is none */
function take(loaded: LoadedState, key: StateKey, text: string, value: Buffer): StateRejection | undefined {
  switch (key.kind) {
    case 'version':
      return keep(decodeVersion(value), (version) => {
        loaded.version = version;
      });
    case 'mark':
      return keep(decodeMark(value), (mark) => loaded.marks.set(key.stream, mark));
    case 'retained':
      return keep(decodeRetained(value), (retained) => loaded.retained.push(retained));
    case 'will':
      return keep(decodeWill(value), (will) => loaded.wills.set(key.number, will));
    default: {
      const session = sessionOf(loaded, key.session);
      if (key.kind !== 'session') session.keys.add(text);
      return takeInto(session, key, value);
    }
  }
}

function takeInto(session: LoadedSession, key: SessionKey, value: Buffer): StateRejection | undefined {
  switch (key.kind) {
    case 'session':
      return keep(decodeSession(value), (stored) => {
        session.stored = stored;
      });
    case 'subscription':
      return keep(decodeSubscription(value), (qos) => session.subscriptions.set(key.filter, qos));
    case 'outgoing':
      return keep(decodeEntry(value), (entry) => session.entries.set(key.number, entry));
    case 'inbound':
      return keep(decodeInbound(value), (place) => session.inbound.set(key.number, place));
    case 'released':
      session.released.add(key.place);
      return undefined;
    case 'completed':
      session.completed.add(key.place);
      return undefined;
  }
}

function keep<T>(decoded: T | StateRejection, store: (value: T) => void): StateRejection | undefined {
  if (isRejection(decoded)) return decoded;
  store(decoded);
  return undefined;
}

/** No value of the state is a plain string. */
function isRejection(decoded: unknown): decoded is StateRejection {
  return typeof decoded === 'string';
}

function sessionOf({ sessions }: LoadedState, number: number): LoadedSession {
  let session = sessions.get(number);
  if (session === undefined) {
    session = {
      ...{ stored: undefined, subscriptions: new Map(), entries: new Map(), inbound: new Map() },
      ...{ released: new Set(), completed: new Set(), keys: new Set(), places: undefined },
    };
    sessions.set(number, session);
  }
  return session;
}
