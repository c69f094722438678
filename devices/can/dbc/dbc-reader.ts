import { DbcCursor } from './dbc-cursor.ts';
import type { DbcDraft, MessageDraft, Subject } from './dbc-draft.ts';
import { type DbcWarning, type DbcWarningReason, MAX_FOUND_CHARS } from './dbc-warning.ts';
import { parseMessageId } from './message-id.ts';
import { readAttribute, readDefault, readDefinition, readSubject } from './read-attribute.ts';
import { MAX_MESSAGE_BYTES, readSignal } from './read-signal.ts';

/** Reads the statements of a DBC text one by one and keeps what they say; for `parse-dbc.ts`. */
export class DbcReader {
  readonly draft: DbcDraft = {
    messages: [],
    nodes: [],
    tables: new Map(),
    definitions: new Map(),
    defaults: new Map(),
    statements: [],
  };
  /** Whether anything was read that only a DBC has. */
  hasStatement = false;
  readonly #cursor: DbcCursor;
  readonly #warnings: DbcWarning[] = [];
  /** Where the next `SG_` belongs. */
  #message: MessageDraft | undefined;

  readonly #sections: Readonly<Record<string, () => void>> = {
    VERSION: () => this.#cursor.text('name'),
    NS_: () => this.#skipSymbolNames(),
    BS_: () => this.#skipLine(),
    BU_: () => this.#readNodes(),
    BO_: () => this.#readMessage(),
    SG_: () => this.#readSignal(),
    VAL_TABLE_: () => this.#readTable(),
    VAL_: () => this.#readLabels(),
    SIG_VALTYPE_: () => this.#readValueType(),
    SG_MUL_VAL_: () => this.#readSelector(),
    BO_TX_BU_: () => this.#readTransmitters(),
    CM_: () => this.#readComment(),
    BA_DEF_: () => readDefinition(this.#cursor, this.draft),
    BA_DEF_DEF_: () => readDefault(this.#cursor, this.draft),
    BA_: () => readAttribute(this.#cursor, this.draft),
  };

  constructor(text: string) {
    this.#cursor = new DbcCursor(text);
  }

  readAll(): void {
    while (this.#cursor.token.kind !== 'end') this.#readStatement();
  }

  /** In the order of the text. */
  get warnings(): readonly DbcWarning[] {
    return this.#warnings.toSorted((a, b) => a.line - b.line || a.column - b.column);
  }

  warn(reason: DbcWarningReason, at: number): void {
    if (this.#warnings.length > MAX_DBC_WARNINGS) return;
    const isLast = this.#warnings.length === MAX_DBC_WARNINGS;
    const position = this.#cursor.positionOf(at);
    const found = this.#cursor.textFrom(at, MAX_FOUND_CHARS);
    this.#warnings.push({ reason: isLast ? 'too-many-warnings' : reason, ...position, found });
  }

  #readStatement(): void {
    const cursor = this.#cursor;
    const start = cursor.token;
    const read = start.kind === 'word' && Object.hasOwn(this.#sections, start.text) && this.#sections[start.text];
    cursor.skip();
    if (read) {
      read();
      if (cursor.problem === undefined) {
        this.hasStatement = true;
        this.#endStatement(LINE_SECTIONS.has(start.text));
        return;
      }
      this.warn(cursor.problem, cursor.token.offset);
      cursor.resume();
    } else if (!SKIPPED_SECTIONS.has(start.text)) this.warn('unknown-section', start.offset);
    this.#skipToNextStatement();
  }

  /** @param isLine the statement has no semicolon */
  #endStatement(isLine: boolean): void {
    const cursor = this.#cursor;
    const after = cursor.token;
    if (cursor.skipSymbol(';') || after.kind === 'end' || this.#isKeyword(isLine)) {
      const isMissing = !isLine && !(after.kind === 'symbol' && after.text === ';');
      if (isMissing) this.warn('semicolon-missing', after.offset);
      return;
    }
    // What begins on a later line speaks for itself.
    if (isLine && after.isFirstOnLine) return;
    this.warn('trailing-text', after.offset);
    if (isLine) this.#skipLine();
    else this.#skipToNextStatement();
  }

  /** What is left of a statement, or of something that is none: up to its semicolon, or to a line that begins like a statement. */
  #skipToNextStatement(): void {
    const cursor = this.#cursor;
    while (cursor.token.kind !== 'end' && !this.#isKeyword(false)) {
      if (cursor.skipSymbol(';')) return;
      cursor.skip();
    }
  }

  /** Whether a statement begins at the token ahead. */
  #isKeyword(isAnywhere: boolean): boolean {
    const { kind, text, isFirstOnLine } = this.#cursor.token;
    const isKnown = kind === 'word' && (Object.hasOwn(this.#sections, text) || SKIPPED_SECTIONS.has(text));
    return isKnown && (isAnywhere || isFirstOnLine);
  }

  #skipLine(): void {
    const cursor = this.#cursor;
    while (!cursor.token.isFirstOnLine && !this.#isKeyword(true)) cursor.skip();
  }

  /** `NS_ :` and a list of keywords, mostly each on a line of its own. */
  #skipSymbolNames(): void {
    const cursor = this.#cursor;
    cursor.skipSymbol(':');
    while (cursor.token.kind === 'word') {
      const next = cursor.peekWord();
      const isInList = next === '' || (next !== undefined && (next in this.#sections || SKIPPED_SECTIONS.has(next)));
      if (!isInList) return;
      cursor.skip();
    }
  }

  /** `BU_: Engine Dash` */
  #readNodes(): void {
    this.#cursor.symbol(':');
    this.draft.nodes.push(...this.#readNames(true));
  }

  /** Names with spaces or commas between them, on this line or after a comma, or to the next keyword. */
  #readNames(isAcrossLines: boolean): readonly string[] {
    const cursor = this.#cursor;
    const names: string[] = [];
    let isWanted = true;
    while (cursor.problem === undefined && cursor.token.kind !== 'end' && !this.#isKeyword(true)) {
      if (cursor.token.isFirstOnLine && !isAcrossLines && !isWanted) break;
      isWanted = cursor.skipSymbol(',');
      if (isWanted) continue;
      if (cursor.token.kind !== 'word' && cursor.token.kind !== 'number') break;
      names.push(cursor.name());
    }
    return names.includes(NO_NODE) ? names.filter((name) => name !== NO_NODE) : names;
  }

  /** `BO_ 2364540158 EEC1: 8 Engine` */
  #readMessage(): void {
    const cursor = this.#cursor;
    const at = cursor.token.offset;
    const writtenId = cursor.integer();
    const nameAt = cursor.token.offset;
    const name = cursor.name();
    cursor.symbol(':');
    const sizeBytes = Number(cursor.integer());
    const isFinished = cursor.token.isFirstOnLine || this.#isKeyword(true);
    const transmitter = isFinished || cursor.isAt(';') ? NO_NODE : cursor.name();
    const messageId = parseMessageId(writtenId);
    const { id = 0, isExtended = false } = messageId ?? {};
    const isKept = messageId !== undefined && sizeBytes >= 0 && sizeBytes <= MAX_MESSAGE_BYTES;
    const transmitters = new Set(transmitter === NO_NODE ? [] : [transmitter]);
    const isHidden = name === NO_MESSAGE || !isKept;
    const signals: MessageDraft['signals'] = [];
    // Also of a message that is not kept: its signals must not fall to the message before.
    this.#message = { at, writtenId, id, isExtended, name, sizeBytes, transmitters, signals, isHidden };
    if (cursor.problem !== undefined) return;
    this.draft.messages.push(this.#message);
    if (name === NO_MESSAGE) return;
    this.#checkName(nameAt, name);
    if (messageId === undefined) this.warn('bad-id', at);
    else if (!isKept) this.warn('bad-length', at);
    else if (messageId.doubt !== undefined) this.warn(messageId.doubt, at);
  }

  #readSignal(): void {
    const cursor = this.#cursor;
    const signal = readSignal(cursor, (reason, at) => this.warn(reason, at));
    if (cursor.problem !== undefined) {
      if (this.#message !== undefined) this.#message.hasLostSignal = true;
      return;
    }
    signal.receivers = this.#readNames(false);
    this.#checkName(signal.at, signal.name);
    if (this.#message === undefined) this.warn('signal-without-message', signal.at);
    else this.#message.signals.push(signal);
  }

  #checkName(at: number, name: string): void {
    if (!/^[A-Za-z_]\w*$/.test(name)) this.warn('odd-name', at);
  }

  /** `VAL_TABLE_ Gear 0 "Neutral" 1 "First" ;` */
  #readTable(): void {
    const name = this.#cursor.name();
    const labels = this.#readPairs();
    if (labels.size > 0 || this.#cursor.problem === undefined) this.draft.tables.set(name, labels);
  }

  /** `VAL_ 100 Gear 0 "Neutral" 1 "First" ;`, `VAL_ 100 Gear GearTable ;`, or an environment variable's, which begins with a name. */
  #readLabels(): void {
    const cursor = this.#cursor;
    const isVariable = cursor.token.kind === 'word';
    const subject: Subject = isVariable ? { kind: 'other' } : this.#readSignalSubject();
    if (isVariable) cursor.name();
    const { kind, offset: at } = cursor.token;
    if (kind === 'word' && !this.#isKeyword(false)) {
      this.draft.statements.push({ kind: 'labelTable', subject, table: cursor.name(), at });
      return;
    }
    // Of a statement that breaks off, what came before the break.
    const labels = this.#readPairs();
    if (labels.size > 0) this.draft.statements.push({ kind: 'labels', subject, labels });
  }

  #readPairs(): ReadonlyMap<bigint, string> {
    const cursor = this.#cursor;
    const labels = new Map<bigint, string>();
    while (cursor.problem === undefined && !cursor.isAt(';') && !this.#isKeyword(false)) {
      if (cursor.token.kind === 'end') break;
      const value = cursor.integer();
      const label = cursor.text('label');
      if (cursor.problem === undefined) labels.set(value, label);
    }
    return labels;
  }

  /** `SIG_VALTYPE_ 100 Torque : 1;` */
  #readValueType(): void {
    const cursor = this.#cursor;
    const subject = this.#readSignalSubject();
    cursor.skipSymbol(':');
    const at = cursor.token.offset;
    const type = cursor.integer();
    if (cursor.problem === undefined) this.draft.statements.push({ kind: 'valueType', subject, type, at });
  }

  /** `SG_MUL_VAL_ 100 Pressure Page 1-1, 4-7;` */
  #readSelector(): void {
    const cursor = this.#cursor;
    const subject = this.#readSignalSubject();
    const multiplexor = cursor.name();
    const ranges: [number, number][] = [];
    do {
      const from = Number(cursor.integer());
      ranges.push([from, cursor.skipSymbol('-') ? Number(cursor.integer()) : from]);
      cursor.skipSymbol(',');
    } while (cursor.token.kind === 'number' && cursor.problem === undefined);
    if (cursor.problem === undefined) this.draft.statements.push({ kind: 'selector', subject, multiplexor, ranges });
  }

  /** `BO_TX_BU_ 100 : Engine,Gateway;` */
  #readTransmitters(): void {
    const at = this.#cursor.token.offset;
    const id = this.#cursor.integer();
    this.#cursor.skipSymbol(':');
    const names = this.#readNames(true);
    const subject: Subject = { kind: 'message', id, at };
    if (this.#cursor.problem === undefined) this.draft.statements.push({ kind: 'transmitters', subject, names });
  }

  /** `CM_ SG_ 100 Torque "At the wheels.";` */
  #readComment(): void {
    const subject = readSubject(this.#cursor);
    const text = this.#cursor.text('comment');
    if (this.#cursor.problem === undefined) this.draft.statements.push({ kind: 'comment', subject, text });
  }

  #readSignalSubject(): Subject {
    const id = this.#cursor.integer();
    const at = this.#cursor.token.offset;
    return { kind: 'signal', id, name: this.#cursor.name(), at };
  }
}

/** So many warnings of one file are kept. */
const MAX_DBC_WARNINGS = 10_000;

/** Vector's tools keep signals that belong to no message under this name. */
const NO_MESSAGE = 'VECTOR__INDEPENDENT_SIG_MSG';

/** Stands for no node at all. */
const NO_NODE = 'Vector__XXX';

/** Statements without a semicolon. */
const LINE_SECTIONS = new Set(['VERSION', 'NS_', 'BS_', 'BU_', 'BO_', 'SG_']);

/** Statements that give no byte a meaning. */
const SKIPPED_SECTIONS = new Set(
  `NS_DESC_ CAT_DEF_ CAT_ FILTER EV_ EV_DATA_ ENVVAR_DATA_ SGTYPE_ SGTYPE_VAL_ BA_DEF_SGTYPE_ BA_SGTYPE_
  SIG_TYPE_REF_ SIG_GROUP_ SIGTYPE_VALTYPE_ BA_DEF_REL_ BA_REL_ BA_DEF_DEF_REL_ BU_SG_REL_ BU_EV_REL_ BU_BO_REL_`.split(
    /\s+/,
  ),
);
