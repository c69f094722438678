import { isCanId, MAX_EXTENDED_ID, MAX_STANDARD_ID } from '#devices/can/can-frame.ts';
import type { Dbc, DbcWarning, DbcWarningReason } from './dbc.ts';
import { DbcCursor, type DbcToken } from './dbc-cursor.ts';
import { finishMessage, type MessageDraft } from './finish-message.ts';
import { MAX_MESSAGE_BYTES, readSignal, type SignalDraft, signalDefect } from './signal-draft.ts';

/** Reads the statements of a DBC text one by one and keeps what they say; for `parse-dbc.ts`. */
export class DbcReader {
  readonly warnings: DbcWarning[] = [];
  /** Whether anything was read that only a DBC has. */
  hasStatement = false;
  readonly #cursor: DbcCursor;
  readonly #messages = new Map<number, MessageDraft>();
  readonly #tables = new Map<string, ReadonlyMap<bigint, string>>();
  /** Where the next `SG_` belongs. */
  #message: MessageDraft | undefined;

  readonly #sections: Readonly<Record<string, () => void>> = {
    VERSION: () => this.#cursor.text(),
    NS_: () => this.#skipSymbolNames(),
    BS_: () => this.#cursor.symbol(':'),
    BU_: () => this.#cursor.symbol(':'),
    BO_: () => this.#readMessage(),
    SG_: () => this.#readSignal(),
    VAL_TABLE_: () => this.#readTable(),
    VAL_: () => this.#readLabels(),
    SIG_VALTYPE_: () => this.#readValueType(),
    SG_MUL_VAL_: () => this.#readSelector(),
  };

  constructor(text: string) {
    this.#cursor = new DbcCursor(text);
  }

  readAll(): void {
    while (this.#cursor.token.kind !== 'end') {
      const endsWithLine = this.#readStatement();
      if (endsWithLine) this.#cursor.skipLine();
      else this.#skipToNextStatement();
    }
  }

  /** @returns whether the statement is one without a semicolon, so that its line is its end. */
  #readStatement(): boolean {
    const cursor = this.#cursor;
    const start = cursor.token;
    cursor.skip();
    const read = start.kind === 'word' && Object.hasOwn(this.#sections, start.text) && this.#sections[start.text];
    if (read) read();
    else if (!SKIPPED_SECTIONS.has(start.text)) this.#warn('unknown-section', start);
    if (cursor.problem !== undefined) {
      this.#warn(cursor.problem, cursor.token);
      cursor.resume();
      return false;
    }
    if (read) this.hasStatement = true;
    return LINE_SECTIONS.has(start.text);
  }

  result(): Dbc {
    const drafts = [...this.#messages.values()].filter(({ id, isExtended }) => isCanId(id, isExtended));
    const messages = drafts.map((draft) => finishMessage(draft, (reason, at) => this.#warn(reason, at)));
    return { messages, nodes: [], attributes: new Map(), warnings: this.warnings };
  }

  /** What is left of a statement, or of something that is none: up to its semicolon, or to a line that begins like a statement. */
  #skipToNextStatement(): void {
    const cursor = this.#cursor;
    while (cursor.token.kind !== 'end' && !this.#isAtStatement()) {
      if (cursor.token.kind === 'open-text') this.#warn('open-text', cursor.token);
      if (cursor.skipSymbol(';')) return;
      cursor.skip();
    }
  }

  #isAtStatement(): boolean {
    const { kind, text, isFirstOnLine } = this.#cursor.token;
    return kind === 'word' && isFirstOnLine && (Object.hasOwn(this.#sections, text) || SKIPPED_SECTIONS.has(text));
  }

  /** `NS_ :` and a list of keywords, each on a line of its own. */
  #skipSymbolNames(): void {
    this.#cursor.symbol(':');
    while (this.#cursor.token.kind === 'word' && this.#cursor.isLastOnLine()) this.#cursor.skip();
  }

  /** `BO_ 2364540158 EEC1: 8 Engine` */
  #readMessage(): void {
    const cursor = this.#cursor;
    const rawIdToken = cursor.token;
    const rawId = Number(cursor.integer());
    const name = cursor.word();
    cursor.symbol(':');
    const sizeBytes = Number(cursor.integer());
    const key = messageKey(rawId);
    const isExtended = key >= EXTENDED_BIT;
    const id = isExtended ? key - EXTENDED_BIT : key;
    const message: MessageDraft = { id, isExtended, name, sizeBytes, ...NOTHING_STATED, signals: new Map() };
    // Also of a message that is not kept: its signals must not fall to the message before.
    this.#message = message;
    if (cursor.problem !== undefined) return;
    if (sizeBytes < 0 || sizeBytes > MAX_MESSAGE_BYTES) this.#warn('bad-length', rawIdToken);
    else if (this.#messages.has(key)) this.#warn('duplicate-message', rawIdToken);
    else this.#messages.set(key, message);
    if (rawId > MAX_STANDARD_ID && rawId <= MAX_EXTENDED_ID) this.#warn('id-without-extended-bit', rawIdToken);
    if (!isCanId(id, isExtended) && name !== NO_MESSAGE) this.#warn('bad-id', rawIdToken);
  }

  #readSignal(): void {
    const signal = readSignal(this.#cursor);
    if (this.#cursor.problem !== undefined) return;
    const signals = this.#message?.signals;
    const defect = signalDefect(signal);
    if (signals === undefined) this.#warn('signal-without-message', signal.at);
    else if (defect !== undefined) this.#warn(defect, signal.at);
    else if (signals.has(signal.name)) this.#warn('duplicate-signal', signal.at);
    else signals.set(signal.name, signal);
  }

  /** `VAL_TABLE_ Gear 0 "Neutral" 1 "First" ;` */
  #readTable(): void {
    const name = this.#cursor.word();
    const labels = this.#readPairs();
    if (this.#cursor.problem === undefined) this.#tables.set(name, labels);
  }

  /** `VAL_ 100 Gear 0 "Neutral" 1 "First" ;`, `VAL_ 100 Gear GearTable ;`, or an environment variable's, which begins with a name. */
  #readLabels(): void {
    const cursor = this.#cursor;
    if (cursor.token.kind === 'word') return;
    const signal = this.#readReference();
    const table = cursor.token;
    const isTable = table.kind === 'word' && !this.#isAtStatement();
    if (isTable) cursor.skip();
    const labels = isTable ? this.#tables.get(table.text) : this.#readPairs();
    if (cursor.problem !== undefined) return;
    if (labels === undefined) this.#warn('unknown-value-table', table);
    else if (signal !== undefined) signal.labels = labels;
  }

  /** `SIG_VALTYPE_ 100 Torque : 1;` */
  #readValueType(): void {
    const cursor = this.#cursor;
    const signal = this.#readReference();
    cursor.skipSymbol(':');
    const token = cursor.token;
    const type = cursor.integer();
    if (cursor.problem !== undefined || signal === undefined || type === 0n) return;
    if (type === 1n && signal.length === 32) signal.valueType = 'float';
    else if (type === 2n && signal.length === 64) signal.valueType = 'double';
    else {
      signal.isUnusable = true;
      this.#warn('bad-value-type', token);
    }
  }

  /** `SG_MUL_VAL_ 100 Pressure Page 1-1, 4-7;` */
  #readSelector(): void {
    const cursor = this.#cursor;
    const signal = this.#readReference();
    const multiplexor = cursor.word();
    const ranges: [number, number][] = [];
    do {
      const from = Number(cursor.integer());
      cursor.symbol('-');
      ranges.push([from, Number(cursor.integer())]);
    } while (cursor.skipSymbol(','));
    if (cursor.problem === undefined && signal !== undefined) signal.selector = { multiplexor, ranges };
  }

  /** Message and signal that a later section speaks of. */
  #readReference(): SignalDraft | undefined {
    const rawId = Number(this.#cursor.integer());
    const token = this.#cursor.token;
    const name = this.#cursor.word();
    const signal = this.#messages.get(messageKey(rawId))?.signals.get(name);
    if (this.#cursor.problem === undefined && signal === undefined) this.#warn('unknown-signal', token);
    return signal;
  }

  #readPairs(): ReadonlyMap<bigint, string> {
    const cursor = this.#cursor;
    const labels = new Map<bigint, string>();
    while (cursor.problem === undefined && !cursor.isAt(';') && !this.#isAtStatement()) {
      const value = cursor.integer();
      labels.set(value, cursor.text());
    }
    return labels;
  }

  #warn(reason: DbcWarningReason, at: DbcToken): void {
    this.warnings.push({ reason, line: at.line, column: at.column, found: excerpt(at.text) });
  }
}

const NOTHING_STATED = { transmitters: [], attributes: new Map() };

const EXTENDED_BIT = 0x8000_0000;

/** Vector's tools keep signals that belong to no message under this name. */
const NO_MESSAGE = 'VECTOR__INDEPENDENT_SIG_MSG';

const LINE_SECTIONS = new Set(['VERSION', 'BO_', 'SG_']);

/** Sections that give no byte a meaning. */
const SKIPPED_SECTIONS = new Set(
  `NS_DESC_ CM_ BA_DEF_ BA_ CAT_DEF_ CAT_ FILTER BA_DEF_DEF_ EV_ EV_DATA_ ENVVAR_DATA_ SGTYPE_ SGTYPE_VAL_ BA_DEF_SGTYPE_ BA_SGTYPE_
  SIG_TYPE_REF_ SIG_GROUP_ SIGTYPE_VALTYPE_ BO_TX_BU_ BA_DEF_REL_ BA_REL_ BA_DEF_DEF_REL_ BU_SG_REL_ BU_EV_REL_ BU_BO_REL_`.split(
    /\s+/,
  ),
);

/** The identifier, and bit 31 when extended. Some files leave that bit out where only an extended frame can be meant. */
function messageKey(rawId: number): number {
  const isExtended = rawId > MAX_STANDARD_ID && rawId < EXTENDED_BIT;
  return isExtended ? rawId + EXTENDED_BIT : rawId;
}

/** The start of the text at a place, for a message to a person. */
export function excerpt(text: string): string {
  return text.slice(0, MAX_FOUND_CHARS).split('\n')[0] ?? '';
}

const MAX_FOUND_CHARS = 40;
