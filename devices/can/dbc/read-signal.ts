import type { DbcSelector, DbcSignal } from './dbc.ts';
import type { DbcCursor } from './dbc-cursor.ts';
import type { DbcWarningReason } from './dbc-warning.ts';

/** A signal while its file is being read: later statements add what the `SG_` line does not say. */
export interface SignalDraft extends Omit<DbcSignal, 'selector' | 'attributes' | 'labels'> {
  /** The signal's name in the text, for warnings. */
  readonly at: number;
  name: string;
  valueType: DbcSignal['valueType'];
  /** Absent while there are none: a file may have a million signals without. */
  labels?: Map<bigint, string>;
  attributes?: Map<string, string | number>;
  comment?: string;
  receivers: readonly string[];
  /** `M`, or `m0M`. */
  readonly isMultiplexor: boolean;
  /** The 0 of `m0`. */
  readonly multiplexValue: number | undefined;
  /** From `SG_MUL_VAL_`: says more than `multiplexValue`, and replaces it. */
  selector: DbcSelector | undefined;
  /** A wrong value is worse than none: such a signal is left out. */
  isUnusable: boolean;
}

/** A limit far above the 1785 bytes of SAE J1939-21, the longest that is sent: a slip of the pen must not cost memory. */
export const MAX_MESSAGE_BYTES = 65_535;

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
 *
 * @param warn about what is odd, but read
 */
export function readSignal(cursor: DbcCursor, warn: (reason: DbcWarningReason, at: number) => void): SignalDraft {
  const at = cursor.token.offset;
  const name = cursor.name();
  const multiplexing = cursor.token.kind === 'word' ? MULTIPLEXING.exec(cursor.token.text) : undefined;
  if (multiplexing === null) cursor.fail('bad-multiplexing');
  else if (multiplexing !== undefined) cursor.skip();
  cursor.symbol(':');
  const startBit = Number(cursor.integer());
  cursor.symbol('|');
  const length = Number(cursor.integer());
  cursor.symbol('@');
  const orderAt = cursor.token.offset;
  const order = cursor.integer();
  if (cursor.problem === undefined && order !== 0n && order !== 1n) warn('bad-byte-order', orderAt);
  const isSigned = cursor.skipSymbol('-');
  if (!isSigned) cursor.symbol('+');
  cursor.symbol('(');
  const factor = cursor.number();
  cursor.symbol(',');
  const offset = cursor.number();
  cursor.symbol(')');
  const limitsAt = cursor.token.offset;
  const [minimum, maximum] = cursor.limits();
  const hasLimits = minimum !== 0 || maximum !== 0;
  if (minimum !== undefined && maximum !== undefined && minimum > maximum) warn('inverted-limits', limitsAt);
  const unit = cursor.text('unit');
  return {
    ...{ at, name, startBit, length, byteOrder: order === 0n ? 'motorola' : 'intel', isSigned, factor, offset },
    ...(hasLimits && minimum !== undefined ? { minimum } : {}),
    ...(hasLimits && maximum !== undefined ? { maximum } : {}),
    ...(unit === '' ? {} : { unit }),
    valueType: 'integer',
    receivers: [],
    isMultiplexor: multiplexing?.[2] !== undefined,
    multiplexValue: multiplexing?.[1] === undefined ? undefined : Number(multiplexing[1]),
    selector: undefined,
    isUnusable: false,
  };
}
