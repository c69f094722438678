import type { Dbc, DbcAttributes } from './dbc.ts';
import type { DbcDraft, MessageDraft, Statement, Subject } from './dbc-draft.ts';
import type { DbcWarningReason } from './dbc-warning.ts';
import { finishMessage } from './finish-message.ts';
import { parseMessageId } from './message-id.ts';
import { interpretAttribute } from './read-attribute.ts';
import type { SignalDraft } from './read-signal.ts';

type Warn = (reason: DbcWarningReason, at: number) => void;

/** Brings together what the statements of a file say about each other's things, in whatever order they came. */
export function finishDbc(draft: DbcDraft, warn: Warn): Omit<Dbc, 'warnings'> {
  const finisher = new DbcFinisher(draft, warn);
  for (const statement of draft.statements) finisher.apply(statement);
  // What has been used need not lie beside what is made of it: a large file is large enough.
  draft.statements.length = 0;
  return finisher.result();
}

class DbcFinisher {
  readonly #draft: DbcDraft;
  readonly #warn: Warn;
  /** The messages to keep, as frames have their identifiers. */
  readonly #messages = new Map<string, MessageDraft>();
  /** Also those that are left out, as statements have their identifiers. */
  readonly #written = new Map<bigint, MessageDraft>();
  readonly #nodes: ReadonlySet<string>;
  readonly #nodeNames = new Map<string, string>();
  readonly #attributes = new Map<string, string | number>();
  /** The signals of large messages by name. */
  readonly #indexes = new Map<MessageDraft, ReadonlyMap<string, readonly SignalDraft[]>>();
  #comment: string | undefined;

  constructor(draft: DbcDraft, warn: Warn) {
    this.#draft = draft;
    this.#warn = warn;
    this.#nodes = new Set(draft.nodes);
    for (const message of draft.messages) {
      if (!this.#written.has(message.writtenId)) this.#written.set(message.writtenId, message);
      if (message.isHidden) continue;
      const key = keyOf(message);
      if (this.#messages.has(key)) warn('duplicate-message', message.at);
      else this.#messages.set(key, message);
    }
    for (const [name, value] of draft.defaults) {
      draft.defaults.set(name, interpretAttribute(value, draft.definitions.get(name)));
    }
  }

  apply(statement: Statement): void {
    const { subject } = statement;
    switch (statement.kind) {
      case 'comment':
        this.#setComment(subject, statement.text);
        break;
      case 'attribute':
        this.#setAttribute(statement);
        break;
      case 'transmitters': {
        const message = this.#findMessage(subject);
        for (const name of statement.names) message?.transmitters.add(name);
        break;
      }
      case 'labels':
        this.#setLabels(subject, statement.labels);
        break;
      case 'labelTable': {
        const labels = this.#draft.tables.get(statement.table);
        if (labels === undefined) this.#warn('unknown-value-table', statement.at);
        else this.#setLabels(subject, labels);
        break;
      }
      case 'valueType':
        for (const signal of this.#findSignals(subject)) this.#setValueType(signal, statement.type, statement.at);
        break;
      case 'selector': {
        const { multiplexor, ranges } = statement;
        for (const signal of this.#findSignals(subject)) signal.selector = { multiplexor, ranges };
      }
    }
  }

  result(): Omit<Dbc, 'warnings'> {
    const { defaults, nodes } = this.#draft;
    const attributes: DbcAttributes = new Map([...defaults, ...this.#attributes]);
    const renamed = (names: readonly string[]) =>
      names.some((name) => this.#nodeNames.has(name)) ? names.map((name) => this.#nodeNames.get(name) ?? name) : names;
    this.#indexes.clear();
    const messages = [...this.#messages.values()].map((message) => {
      for (const signal of message.signals) signal.receivers = renamed(signal.receivers);
      const finished = finishMessage(message, renamed([...message.transmitters]), attributes, this.#warn);
      message.signals.length = 0;
      return finished;
    });
    const comment = this.#comment === undefined ? {} : { comment: this.#comment };
    return { messages, nodes: renamed(nodes), attributes, ...comment };
  }

  #setComment(subject: Subject, text: string): void {
    if (subject.kind === 'network') this.#comment = text;
    else if (subject.kind === 'node') this.#checkNode(subject);
    else if (subject.kind === 'message') {
      const message = this.#findMessage(subject);
      if (message) message.comment = text;
    } else for (const signal of this.#findSignals(subject)) signal.comment = text;
  }

  #setAttribute({ subject, name, value, at }: Extract<Statement, { readonly kind: 'attribute' }>): void {
    const definition = this.#draft.definitions.get(name);
    if (definition === undefined) this.#warn('undefined-attribute', at);
    const meaning = interpretAttribute(value, definition);
    if (subject.kind === 'network') this.#attributes.set(name, meaning);
    else if (subject.kind === 'node') {
      this.#checkNode(subject);
      if (name === 'SystemNodeLongSymbol') this.#nodeNames.set(subject.name, String(meaning));
    } else {
      const owners = subject.kind === 'message' ? [this.#findMessage(subject)] : this.#findSignals(subject);
      for (const owner of owners) {
        if (owner === undefined) continue;
        owner.attributes ??= new Map();
        owner.attributes.set(name, meaning);
      }
    }
  }

  #setLabels(subject: Subject, labels: ReadonlyMap<bigint, string>): void {
    for (const signal of this.#findSignals(subject)) {
      signal.labels ??= new Map();
      for (const [raw, label] of labels) signal.labels.set(raw, label);
    }
  }

  /** The length says which type it is: files in use have the two types mixed up. */
  #setValueType(signal: SignalDraft, type: bigint, at: number): void {
    if (type === 0n) return;
    if (signal.length === 64) signal.valueType = 'double';
    else if (signal.length === 32 || signal.length === 16) signal.valueType = 'float';
    else signal.isUnusable = true;
    if (signal.isUnusable) this.#warn('bad-value-type', at);
  }

  #checkNode(subject: Extract<Subject, { readonly kind: 'node' }>): void {
    if (!this.#nodes.has(subject.name)) this.#warn('unknown-node', subject.at);
  }

  #findMessage(subject: Subject): MessageDraft | undefined {
    if (subject.kind !== 'message') return undefined;
    const message = this.#lookUp(subject.id);
    if (message === undefined) this.#warn('unknown-message', subject.at);
    return message;
  }

  /** All signals of the name: some files have one on every page of a multiplexed message. */
  #findSignals(subject: Subject): readonly SignalDraft[] {
    if (subject.kind !== 'signal') return [];
    const message = this.#lookUp(subject.id);
    const signals = message === undefined ? [] : this.#signalsNamed(message, subject.name);
    if (signals.length === 0) this.#warn('unknown-signal', subject.at);
    return signals;
  }

  #signalsNamed(message: MessageDraft, name: string): readonly SignalDraft[] {
    if (message.signals.length < MIN_INDEXED_SIGNALS) return message.signals.filter((signal) => signal.name === name);
    const index = this.#indexes.get(message) ?? Map.groupBy(message.signals, (signal) => signal.name);
    this.#indexes.set(message, index);
    return index.get(name) ?? [];
  }

  #lookUp(written: bigint): MessageDraft | undefined {
    const exact = this.#written.get(written);
    if (exact !== undefined) return exact;
    const id = parseMessageId(written);
    return id && this.#messages.get(keyOf(id));
  }
}

/** So many signals are looked through faster than they are sorted. */
const MIN_INDEXED_SIGNALS = 64;

function keyOf({ id, isExtended }: { readonly id: number; readonly isExtended: boolean }): string {
  return `${id}${isExtended ? 'x' : ''}`;
}
