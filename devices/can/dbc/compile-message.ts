import { bitFieldOf, compileNumberReader } from './bit-field.ts';
import { compileValueReader } from './compile-signal.ts';
import type { DbcMessage, DbcSelector, DbcSignal } from './dbc.ts';
import type { DecodedMessage, DecodedSignal, MessageDecoder } from './message-decoder.ts';

/** Makes the decoder of a message. */
export function compileMessage(message: DbcMessage): MessageDecoder {
  const { name, sizeBytes } = message;
  const multiplexors = multiplexorsOf(message);
  const switches = new Map(multiplexors.map((signal, index) => [signal.name, index]));
  // What each multiplexor says in the frame in hand, parents before children; ABSENT where it is not in the payload.
  const states: number[] = new Array(switches.size).fill(ABSENT);
  const readSwitches = multiplexors.map((signal) => {
    const isPresent = compilePresence(signal, switches, states);
    const read = compileNumberReader(bitFieldOf(signal));
    return (data: Uint8Array) => (isPresent(data) ? read(data) : ABSENT);
  });
  const readers = message.signals.map((signal) => ({
    name: signal.name,
    isPresent: compilePresence(signal, switches, states),
    read: compileValueReader(signal),
  }));
  const look = (data: Uint8Array) => {
    for (let index = 0; index < readSwitches.length; index++) states[index] = readSwitches[index]?.(data) ?? ABSENT;
  };
  return {
    message,
    read(data, values) {
      look(data);
      for (const [index, reader] of readers.entries()) {
        const isPresent = reader.isPresent(data);
        values.isPresent[index] = isPresent ? 1 : 0;
        if (!isPresent) continue;
        const { raw, phys } = reader.read(data);
        values.raw[index] = Number(raw);
        values.physical[index] = Number(phys);
      }
    },
    decode(data): DecodedMessage {
      look(data);
      const signals: Record<string, DecodedSignal> = {};
      for (const reader of readers) if (reader.isPresent(data)) signals[reader.name] = reader.read(data);
      return { name, signals, isShort: data.length < sizeBytes };
    },
    rawAt: (data, signalIndex) => readers[signalIndex]?.read(data).raw ?? 0,
    labelOf: (signalIndex, raw) => message.signals[signalIndex]?.labels.get(BigInt(raw)),
    multiplexorKey(data) {
      look(data);
      return states.reduce((key, state) => (key * 0x1_0001 + state + 1) % Number.MAX_SAFE_INTEGER, 0);
    },
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
