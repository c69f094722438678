import { bitFieldOf } from './bit-field.ts';
import type { DbcSignal, DbcWarningReason } from './dbc.ts';
import type { DbcCursor, DbcToken } from './dbc-cursor.ts';

/** A signal while its file is being read: later sections add what the `SG_` line does not say. */
export interface SignalDraft extends Omit<DbcSignal, 'valueType' | 'labels' | 'selector'> {
  /** The signal's name in the text, for warnings. */
  readonly at: DbcToken;
  valueType: DbcSignal['valueType'];
  labels: ReadonlyMap<bigint, string>;
  /** `M`, or `m0M`. */
  readonly isMultiplexor: boolean;
  /** The 0 of `m0`. */
  readonly multiplexValue: number | undefined;
  /** From `SG_MUL_VAL_`: says more than `multiplexValue`, and replaces it. */
  selector: DbcSignal['selector'];
  /** A wrong value is worse than none: such a signal is left out. */
  isUnusable: boolean;
}

/** Longest message of any protocol that DBC files describe, SAE J1939-21. */
export const MAX_MESSAGE_BYTES = 1785;

const MULTIPLEXING = /^(?:m(\d{1,10}))?(M)?$/;

/**
 * Reads a statement after its `SG_`, up to the unit. What comes back is worth something only while the cursor has no problem.
 *
 * ```text
 * SG_ EngineSpeed m0M : 24|16@1+ (0.125,0) [0|8031.875] "rpm" Receiver1,Receiver2
 *                  |     |  | ||   |     |  '- limits, not enforced: nothing says that a vehicle keeps to them
 *                  |     |  | ||   |     '- offset
 *                  |     |  | ||   '- factor
 *                  |     |  | |'- + unsigned, - signed
 *                  |     |  | '- 1 Intel, 0 Motorola
 *                  |     |  '- length in bits
 *                  |     '- start bit
 *                  '- M multiplexor, m0 present while it is 0, m0M both
 * ```
 */
export function readSignal(cursor: DbcCursor): SignalDraft {
  const at = cursor.token;
  const name = cursor.word();
  const multiplexing = cursor.token.kind === 'word' ? MULTIPLEXING.exec(cursor.token.text) : undefined;
  if (multiplexing === null) cursor.fail('bad-multiplexing');
  else if (multiplexing !== undefined) cursor.skip();
  cursor.symbol(':');
  const startBit = Number(cursor.integer());
  cursor.symbol('|');
  const length = Number(cursor.integer());
  cursor.symbol('@');
  const byteOrder = cursor.integer() === 0n ? 'motorola' : 'intel';
  const isSigned = cursor.skipSymbol('-');
  if (!isSigned) cursor.symbol('+');
  cursor.symbol('(');
  const factor = cursor.number();
  cursor.symbol(',');
  const offset = cursor.number();
  cursor.symbol(')');
  skipLimits(cursor);
  const unit = cursor.text();
  return {
    ...{ at, name, startBit, length, byteOrder, isSigned, factor, offset },
    ...(unit === '' ? {} : { unit }),
    valueType: 'integer',
    labels: new Map(),
    receivers: [],
    attributes: new Map(),
    isMultiplexor: multiplexing?.[2] !== undefined,
    multiplexValue: multiplexing?.[1] === undefined ? undefined : Number(multiplexing[1]),
    selector: undefined,
    isUnusable: false,
  };
}

/** Some files have words for limits: `[nan|inf]`. */
function skipLimits(cursor: DbcCursor): void {
  cursor.symbol('[');
  while (cursor.problem === undefined && !cursor.isAt(']') && !cursor.token.isFirstOnLine) cursor.skip();
  cursor.symbol(']');
}

/** Why the signal cannot be used; undefined if it can. */
export function signalDefect(signal: SignalDraft): DbcWarningReason | undefined {
  // The one name that is no ordinary key of a JavaScript object, where decoded signals go by name.
  if (signal.name === '__proto__') return 'reserved-name';
  if (signal.length < 1 || signal.length > 64) return 'bad-length';
  if (signal.startBit < 0 || bitFieldOf(signal).endByte > MAX_MESSAGE_BYTES) return 'bad-start-bit';
  if (signal.factor === 0 || !Number.isFinite(signal.factor) || !Number.isFinite(signal.offset)) return 'bad-factor';
  return undefined;
}
