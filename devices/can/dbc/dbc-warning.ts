/** A place in the text, both counted from 1; columns in UTF-16 units. */
export interface DbcPosition {
  readonly line: number;
  readonly column: number;
}

/** Something in the file that was passed over, or read with a doubt. */
export interface DbcWarning extends DbcPosition {
  readonly reason: DbcWarningReason;
  /** What is there: the start of the offending text. */
  readonly found: string;
}

/** Why a text is no DBC, and where that shows. */
export interface DbcRejection extends DbcPosition {
  readonly isDecoded: false;
  readonly reason: keyof typeof DBC_REJECTIONS;
  readonly found: string;
}

/** What a statement lacks; the rest of it is passed over. */
const SYNTAX_PROBLEMS = {
  'name-expected': 'a name is missing here: the statement is passed over',
  'number-expected': 'a number is missing here: the statement is passed over',
  'integer-expected': 'a whole number is missing here: the rest of the statement is passed over',
  'text-expected': 'a text in quotes is missing here: the rest of the statement is passed over',
  'symbol-expected': 'a punctuation mark is missing here: the statement is passed over',
  'open-text': 'the text that begins here has no closing quote: reading goes on with the next line',
  'bad-multiplexing': 'this is neither M nor m with a number: the signal is passed over',
} as const;

/** Each reason, and what was done about it. */
export const DBC_WARNINGS = {
  ...SYNTAX_PROBLEMS,
  'unknown-section': 'no statement of a DBC begins like this: passed over',
  'trailing-text': 'this does not belong to the statement: passed over',
  'semicolon-missing': 'the statement before has no semicolon: read all the same',
  'odd-name': 'this is no name of a DBC (letters, digits, underscores): kept as it is',
  'bad-id': 'no CAN identifier: the message is left out',
  'id-beyond-29-bits': 'the identifier has bits that no CAN frame has: its low 29 bits count',
  'id-without-extended-bit': 'the identifier has more than 11 bits but not bit 31: taken for an extended one',
  'negative-id': 'the identifier is negative: taken for 32 bits with their sign',
  'duplicate-message': 'a message with this identifier came before: this one is left out with its signals',
  'duplicate-signal': 'the message has another signal of this name: both are read, and the last that is present counts',
  'signal-without-message': 'no message came before: the signal is left out',
  'reserved-name': 'this name cannot be the key of a value: the signal is left out',
  'bad-length': 'no possible length: left out',
  'bad-start-bit': 'no possible place: the signal is left out',
  'bad-byte-order': 'the byte order is neither 0 nor 1: taken for 1, Intel',
  'bad-factor': 'factor or offset are out of range: the signal is left out',
  'zero-factor': 'the factor is 0: the physical value is always the offset',
  'inverted-limits': 'the minimum is above the maximum: kept as it is, limits are never enforced',
  'bad-value-type':
    'no floating-point number has this length: the signal is left out, since a wrong value is worse than none',
  'outside-message': 'the signal reaches beyond the end of its message: read from frames that are long enough',
  'overlapping-signals': 'the signal shares bits with another that is present at the same time: both are read',
  'unknown-message': 'the file has no such message: the statement is passed over',
  'unknown-signal': 'the message has no such signal: the statement is passed over',
  'unknown-node': 'the file has no such node: the statement is passed over',
  'unknown-value-table': 'the file has no such value table: the signal gets no labels',
  'undefined-attribute': 'the file does not define this attribute: the value is kept as it is written',
  'ambiguous-multiplexor':
    'the message has several multiplexors and does not say which one selects this signal: the first is taken',
  'missing-multiplexor': 'the message has no multiplexor: the signal is taken for one that is always present',
  'unresolved-multiplexor': 'nothing tells when this signal is present: it is left out',
  'too-many-warnings': 'further warnings are not listed',
} as const;

/** Why a text is no DBC. */
export const DBC_REJECTIONS = {
  'not-a-dbc': 'there is no statement of a DBC in it',
  'too-long': 'it is longer than any DBC',
} as const;

/** Why something was passed over. */
export type DbcWarningReason = keyof typeof DBC_WARNINGS;

/** What a statement lacks. */
export type DbcSyntaxProblem = keyof typeof SYNTAX_PROBLEMS;

/** The start of the text at a place, for a message to a person. */
export function excerpt(text: string): string {
  return text.slice(0, MAX_FOUND_CHARS).split('\n')[0] ?? '';
}

/** Of what a warning shows. */
export const MAX_FOUND_CHARS = 40;
