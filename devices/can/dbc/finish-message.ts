import { bitFieldOf } from './bit-field.ts';
import type { DbcMessage, DbcSelector, DbcSignal, DbcWarningReason } from './dbc.ts';
import type { DbcToken } from './dbc-cursor.ts';
import type { SignalDraft } from './signal-draft.ts';

/** A message while its file is being read. */
export interface MessageDraft extends Omit<DbcMessage, 'signals'> {
  readonly signals: Map<string, SignalDraft>;
}

/**
 * Makes a message of all that its file said about it. Signals whose condition cannot be told are left out: without it, other bytes would be
 * taken for them.
 */
export function finishMessage(draft: MessageDraft, warn: (reason: DbcWarningReason, at: DbcToken) => void): DbcMessage {
  const drafts = [...draft.signals.values()].filter(({ isUnusable }) => !isUnusable);
  const selectors = resolveSelectors(drafts);
  const signals: DbcSignal[] = [];
  for (const signal of drafts) {
    const isResolved = leadsToTop(signal.name, selectors);
    if (isResolved) signals.push(finishSignal(signal, selectors.get(signal.name)));
    else warn('unresolved-multiplexor', signal.at);
    if (isResolved && bitFieldOf(signal).endByte > draft.sizeBytes) warn('outside-message', signal.at);
  }
  return { ...draft, signals };
}

/** Each signal's condition by name; undefined where there is none. A signal whose multiplexor is anybody's guess has no entry. */
function resolveSelectors(drafts: readonly SignalDraft[]): ReadonlyMap<string, DbcSelector | undefined> {
  const tops = drafts.filter((signal) => signal.isMultiplexor && signal.multiplexValue === undefined);
  const onlyTop = tops.length === 1 ? tops[0] : undefined;
  const selectors = new Map<string, DbcSelector | undefined>();
  for (const { name, selector, multiplexValue } of drafts) {
    if (selector !== undefined || multiplexValue === undefined) selectors.set(name, selector);
    else if (onlyTop !== undefined) {
      selectors.set(name, { multiplexor: onlyTop.name, ranges: [[multiplexValue, multiplexValue]] });
    }
  }
  return selectors;
}

/** Multiplexors above a signal; real files have two. */
const MAX_MULTIPLEXOR_DEPTH = 16;

/** Whether the chain of multiplexors above a signal ends, rather than running into nothing or in a circle. */
function leadsToTop(name: string, selectors: ReadonlyMap<string, DbcSelector | undefined>): boolean {
  let current = name;
  for (let depth = 0; depth <= MAX_MULTIPLEXOR_DEPTH; depth++) {
    if (!selectors.has(current)) return false;
    const selector = selectors.get(current);
    if (selector === undefined) return true;
    current = selector.multiplexor;
  }
  return false;
}

function finishSignal(draft: SignalDraft, selector: DbcSelector | undefined): DbcSignal {
  const { at: _at, isMultiplexor: _isMultiplexor, multiplexValue: _multiplexValue, isUnusable: _, ...signal } = draft;
  const { selector: _selector, ...rest } = signal;
  return selector === undefined ? rest : { ...rest, selector };
}
