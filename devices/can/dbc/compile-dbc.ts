import type { CanFrame } from '#devices/can/can-frame.ts';
import { bitFieldOf, compileNumberReader } from './bit-field.ts';
import { compileValueReader, type DecodedSignal } from './compile-signal.ts';
import type { Dbc, DbcMessage, DbcSelector, DbcSignal } from './dbc.ts';

/** Gives frames the meaning that a DBC file states. */
export interface DbcDecoder {
  /** @returns undefined for a remote frame, and for an identifier that the file does not know. */
  decode(frame: CanFrame): DecodedMessage | undefined;
}

/** A frame, understood. */
export interface DecodedMessage {
  readonly name: string;
  /** Only what the payload contains: multiplexed signals while selected, and of a short frame those that fit. In the order of the file. */
  readonly signals: Readonly<Record<string, DecodedSignal>>;
  /** The frame has fewer bytes than its message. */
  readonly isShort: boolean;
}

/** Turns each message into a function once, so that a frame costs one look-up and its own signals. */
export function compileDbc(dbc: Dbc): DbcDecoder {
  const standard = new Map<number, MessageReader>();
  const extended = new Map<number, MessageReader>();
  for (const message of dbc.messages) {
    (message.isExtended ? extended : standard).set(message.id, compileMessage(message));
  }
  return {
    decode: (frame) =>
      frame.isRemote ? undefined : (frame.isExtended ? extended : standard).get(frame.id)?.(frame.data),
  };
}

type MessageReader = (data: Uint8Array) => DecodedMessage;

function compileMessage(message: DbcMessage): MessageReader {
  const { name, sizeBytes } = message;
  const switches = new Map(multiplexorsOf(message).map((signal, index) => [signal.name, index]));
  // What each multiplexor says in the frame in hand, parents before children; ABSENT where it is not in the payload.
  const states: number[] = new Array(switches.size).fill(ABSENT);
  const readSwitches = multiplexorsOf(message).map((signal) => {
    const isPresent = compilePresence(signal, switches, states);
    const read = compileNumberReader(bitFieldOf(signal));
    return (data: Uint8Array) => (isPresent(data) ? read(data) : ABSENT);
  });
  const readers = message.signals.map((signal) => ({
    name: signal.name,
    isPresent: compilePresence(signal, switches, states),
    read: compileValueReader(signal),
  }));
  return (data) => {
    for (let index = 0; index < readSwitches.length; index++) states[index] = readSwitches[index]?.(data) ?? ABSENT;
    const signals: Record<string, DecodedSignal> = {};
    for (const reader of readers) if (reader.isPresent(data)) signals[reader.name] = reader.read(data);
    return { name, signals, isShort: data.length < sizeBytes };
  };
}

const ABSENT = -1;

/** The signals that others depend on, parents before children: `parseDbc` lets no circle through. */
function multiplexorsOf(message: DbcMessage): readonly DbcSignal[] {
  const byName = new Map(message.signals.map((signal) => [signal.name, signal]));
  const ordered = new Set<DbcSignal>();
  const add = (selector: DbcSelector | undefined) => {
    const multiplexor = selector && byName.get(selector.multiplexor);
    if (multiplexor === undefined) return;
    add(multiplexor.selector);
    ordered.add(multiplexor);
  };
  for (const signal of message.signals) add(signal.selector);
  return [...ordered];
}

function compilePresence(
  signal: DbcSignal,
  switches: ReadonlyMap<string, number>,
  states: readonly number[],
): (data: Uint8Array) => boolean {
  const { endByte } = bitFieldOf(signal);
  const { selector } = signal;
  if (selector === undefined) return (data) => data.length >= endByte;
  const index = switches.get(selector.multiplexor) ?? ABSENT;
  return (data) => data.length >= endByte && isSelected(selector, states[index] ?? ABSENT);
}

/** Whether a multiplexor with these bits, as an unsigned number, selects what depends on it. */
export function isSelected(selector: DbcSelector, bits: number): boolean {
  for (const [from, to] of selector.ranges) if (bits >= from && bits <= to) return true;
  return false;
}
