import { bitFieldOf } from './bit-field.ts';
import { compileRawBigInt, compileRawNumber, compileSwitch, isBig } from './compile-raw.ts';
import type { DbcMessage, DbcSelector, DbcSignal } from './dbc.ts';
import type { DecodedMessage, DecodedSignal, MessageDecoder } from './message-decoder.ts';
import { compileBigScale, compileScale } from './scale.ts';
import type { SignalValues } from './signal-values.ts';

/** Makes the decoder of a message. */
export function compileMessage(message: DbcMessage): MessageDecoder {
  return new CompiledMessage(message);
}

/** What is known of a signal before a payload comes. */
interface SignalPlan {
  readonly name: string;
  readonly unit: string | undefined;
  readonly endByte: number;
  /** The place of its multiplexor among the multiplexors; -1 without. */
  readonly switchIndex: number;
  readonly selector: DbcSelector | undefined;
  readonly readNumber: (data: Uint8Array) => number;
  readonly scale: (raw: number) => number;
  /** Of integers beyond 53 bits. */
  readonly big:
    | { readonly read: (data: Uint8Array) => bigint; readonly scale: (raw: bigint) => number | bigint }
    | undefined;
  readonly labels: ReadonlyMap<number | bigint, string>;
}

class CompiledMessage implements MessageDecoder {
  readonly message: DbcMessage;
  #isCompiled = false;
  #plans: readonly SignalPlan[] = [];
  #switches: readonly SignalPlan[] = [];
  /** What each multiplexor says in the payload in hand; ABSENT where it is not in it. */
  #states = new Float64Array(0);

  constructor(message: DbcMessage) {
    this.message = message;
  }

  read(data: Uint8Array, values: SignalValues): void {
    const { raw, physical, isPresent } = values;
    this.#look(data);
    const plans = this.#plans;
    for (let index = 0; index < plans.length; index++) {
      const plan = plans[index];
      if (plan === undefined || !this.#isPresent(plan, data.length)) {
        isPresent[index] = 0;
        continue;
      }
      const value = plan.readNumber(data);
      isPresent[index] = 1;
      raw[index] = value;
      physical[index] = plan.scale(value);
    }
  }

  decode(data: Uint8Array): DecodedMessage {
    this.#look(data);
    const signals: Record<string, DecodedSignal> = {};
    for (const plan of this.#plans) {
      if (this.#isPresent(plan, data.length)) signals[plan.name] = describe(plan, data);
    }
    return { name: this.message.name, signals, isShort: data.length < this.message.sizeBytes };
  }

  rawAt(data: Uint8Array, signalIndex: number): number | bigint {
    this.#compile();
    const plan = this.#plans[signalIndex];
    return plan?.big?.read(data) ?? plan?.readNumber(data) ?? 0;
  }

  labelOf(signalIndex: number, raw: number | bigint): string | undefined {
    this.#compile();
    return this.#plans[signalIndex]?.labels.get(raw);
  }

  multiplexorKey(data: Uint8Array): number {
    this.#look(data);
    let key = 0;
    for (const state of this.#states) key = (key * KEY_FACTOR + state + 1) % KEY_LIMIT;
    return key;
  }

  /** At the first payload: of what a large file knows, a bus carries a small part. */
  #compile(): void {
    if (this.#isCompiled) return;
    this.#isCompiled = true;
    const multiplexors = multiplexorsOf(this.message);
    const switchIndexes = new Map(multiplexors.map((signal, index) => [signal.name, index]));
    this.#switches = multiplexors.map((signal) => ({
      ...planOf(signal, switchIndexes),
      readNumber: compileSwitch(signal),
    }));
    this.#plans = this.message.signals.map((signal) => planOf(signal, switchIndexes));
    this.#states = new Float64Array(multiplexors.length);
  }

  #look(data: Uint8Array): void {
    this.#compile();
    const states = this.#states;
    for (let index = 0; index < states.length; index++) {
      const plan = this.#switches[index];
      states[index] = plan !== undefined && this.#isPresent(plan, data.length) ? plan.readNumber(data) : ABSENT;
    }
  }

  #isPresent({ endByte, selector, switchIndex }: SignalPlan, sizeBytes: number): boolean {
    if (sizeBytes < endByte) return false;
    return selector === undefined || isSelected(selector, this.#states[switchIndex] ?? ABSENT);
  }
}

const ABSENT = -1;

/** Two multiplexors of 16 bits never share a key; the sum stays below 2^53. */
const KEY_FACTOR = 0x1_0001;
const KEY_LIMIT = 2 ** 36;

function planOf(signal: DbcSignal, switchIndexes: ReadonlyMap<string, number>): SignalPlan {
  const { name, unit, factor, offset, selector, labels } = signal;
  const isBigSignal = isBig(signal);
  const maxRaw = signal.valueType === 'integer' ? 2 ** signal.length : Number.POSITIVE_INFINITY;
  return {
    ...{ name, unit, selector },
    endByte: bitFieldOf(signal).endByte,
    switchIndex: switchIndexes.get(selector?.multiplexor ?? '') ?? ABSENT,
    readNumber: compileRawNumber(signal),
    scale: compileScale(factor, offset, maxRaw),
    big: isBigSignal ? { read: compileRawBigInt(signal), scale: compileBigScale(factor, offset) } : undefined,
    labels:
      isBigSignal || labels.size === 0 ? labels : new Map([...labels].map(([raw, label]) => [Number(raw), label])),
  };
}

function describe({ readNumber, scale, big, labels, unit }: SignalPlan, data: Uint8Array): DecodedSignal {
  const raw = big === undefined ? readNumber(data) : big.read(data);
  const phys = typeof raw === 'bigint' ? (big?.scale(raw) ?? raw) : scale(raw);
  const label = labels.get(raw);
  if (label === undefined) return unit === undefined ? { raw, phys } : { raw, phys, unit };
  return unit === undefined ? { raw, phys, label } : { raw, phys, label, unit };
}

/**
 * The signals that others depend on, parents before children: `parseDbc` lets no circle through. Of several with one name the first is meant,
 * as it means it.
 */
function multiplexorsOf(message: DbcMessage): readonly DbcSignal[] {
  const byName = new Map(message.signals.toReversed().map((signal) => [signal.name, signal]));
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

/** Whether a multiplexor with these bits, as an unsigned number, selects what depends on it. */
export function isSelected({ ranges }: DbcSelector, bits: number): boolean {
  for (let index = 0; index < ranges.length; index++) {
    const range = ranges[index];
    if (range !== undefined && bits >= range[0] && bits <= range[1]) return true;
  }
  return false;
}
