import type { DbcMessage, DbcSignal } from '#devices/can/dbc/dbc.ts';
import type { SignalValues } from '#devices/can/dbc/signal-values.ts';
import { pgnOf } from './j1939-id.ts';
import { ADDRESS_CLAIM_PGN } from './j1939-name.ts';

/**
 * Which raw values of a signal are no measurement: the top of its range, by its length.
 *
 * ```text
 *  bits       not available   error         parameter specific, reserved
 *  2 to 7     all ones        one below
 *  8          FF              FE            FB to FD
 *  above 8    FFx             FEx           FBx to FDx: the highest eight bits count
 * ```
 * The first two are absent always, also where a DBC has a text for them; the last unless it has one, since a parameter may give
 * them a meaning («FB: park»). One bit has no room for any. A signal that is signed, against the standard, is not available when
 * all its bits are ones, the filling of what a node does not have. Floats, texts, counters and checksums (`SigType`) and the fields
 * of an address claim are exempt.
 *
 * @see SAE J1939-71, 5.1.2 to 5.1.4
 */
export interface AbsenceRule {
  /** @param signalIndex place in the message */
  isAbsent(signalIndex: number, raw: number | bigint): boolean;
  /** After `MessageDecoder.read`: takes out the signals that are absent. */
  clearAbsent(values: SignalValues): void;
}

/** Makes the rule of a message. */
export function compileAbsence(message: DbcMessage): AbsenceRule {
  const isExempt = pgnOf(message.id) === ADDRESS_CLAIM_PGN;
  const tests = message.signals.map((signal) => (isExempt ? neverAbsent : compileTest(signal)));
  return {
    isAbsent: (signalIndex, raw) => tests[signalIndex]?.(Number(raw)) ?? false,
    clearAbsent({ raw, isPresent }) {
      for (let index = 0; index < tests.length; index++) {
        if (isPresent[index] === 1 && tests[index]?.(raw[index] ?? 0)) isPresent[index] = 0;
      }
    },
  };
}

type IsAbsent = (raw: number) => boolean;

const neverAbsent: IsAbsent = () => false;

/** Values of the attribute `SigType`, as CANdb++ has it, whose bits are no parameter of a range. */
const EXEMPT_TYPES: ReadonlySet<string | number> = new Set([
  ...['ASCII', 'StringDelimiter', 'StringLength', 'StringLengthControl'],
  ...['MessageCounter', 'MessageChecksum', 'ReferencePGN', 'DTC'],
]);

const BYTE_BITS = 8;
const FIRST_ERROR = 0xfe;
const FIRST_SPECIFIC = 0xfb;

function compileTest(signal: DbcSignal): IsAbsent {
  const { length, isSigned, valueType, labels, attributes } = signal;
  if (valueType !== 'integer' || length === 1 || EXEMPT_TYPES.has(attributes.get('SigType') ?? '')) return neverAbsent;
  if (isSigned) return (raw) => raw === -1;
  if (length < BYTE_BITS) return (raw) => raw >= 2 ** length - 2;
  const unit = 2 ** (length - BYTE_BITS);
  const firstError = FIRST_ERROR * unit;
  const firstSpecific = FIRST_SPECIFIC * unit;
  const named = new Set([...labels.keys()].map(Number));
  return (raw) => raw >= firstSpecific && (raw >= firstError || !named.has(raw));
}
