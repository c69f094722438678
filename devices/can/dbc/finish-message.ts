import { bitFieldOf } from './bit-field.ts';
import type { DbcAttributes, DbcFrameFormat, DbcMessage, DbcSelector, DbcSignal } from './dbc.ts';
import type { MessageDraft } from './dbc-draft.ts';
import type { DbcWarningReason } from './dbc-warning.ts';
import { findOverlaps } from './find-overlaps.ts';
import { MAX_MESSAGE_BYTES, type SignalDraft } from './read-signal.ts';

type Warn = (reason: DbcWarningReason, at: number) => void;

/**
 * Makes a message of all that its file said about it. Signals whose condition cannot be told are left out: without it, other bytes would be
 * taken for them.
 *
 * @param transmitters as they are called in the end
 * @param network attributes of the network, with the defaults of all others
 */
export function finishMessage(
  draft: MessageDraft,
  transmitters: readonly string[],
  network: DbcAttributes,
  warn: Warn,
): DbcMessage {
  const drafts = draft.signals.filter((signal) => isUsable(signal, warn));
  const isPlain = draft.hasLostSignal !== true && !draft.signals.some(({ isMultiplexor }) => isMultiplexor);
  const selectors = resolveSelectors(drafts, isPlain, warn);
  const byName = new Map(drafts.toReversed().map((signal) => [signal.name, signal]));
  const named: DbcSignal[] = [];
  const places = new Map<DbcSignal, number>();
  for (const signal of drafts) {
    if (byName.get(signal.name) !== signal) warn('duplicate-signal', signal.at);
    if (!leadsToTop(signal, selectors, byName)) {
      warn('unresolved-multiplexor', signal.at);
      continue;
    }
    const finished = finishSignal(signal, selectors.get(signal), byName);
    named.push(finished);
    places.set(finished, signal.at);
    if (bitFieldOf(signal).endByte > draft.sizeBytes) warn('outside-message', signal.at);
  }
  const tell = (reason: DbcWarningReason, signal: DbcSignal) => {
    const at = places.get(signal);
    if (at !== undefined) warn(reason, at);
  };
  const firstOf = new Map(named.toReversed().map((signal) => [signal.name, signal]));
  const signals = named.filter((signal) => {
    const isResolved = endsAtTop(signal, firstOf);
    if (!isResolved) tell('unresolved-multiplexor', signal);
    return isResolved;
  });
  for (const signal of findOverlaps(signals)) tell('overlapping-signals', signal);
  const { id, isExtended, sizeBytes, comment, attributes = NOTHING } = draft;
  return {
    ...{ id, isExtended, name: longName(draft, 'SystemMessageLongSymbol'), sizeBytes, signals },
    ...frameFormatOf(draft, network),
    ...cycleTimeOf(attributes, network),
    ...(comment === undefined ? {} : { comment }),
    ...{ transmitters, attributes },
  };
}

const NOTHING: DbcAttributes = new Map();
const NO_LABELS: DbcSignal['labels'] = new Map();

/** A signal that cannot be read, or not rightly, is none. */
function isUsable(signal: SignalDraft, warn: Warn): boolean {
  const defect = defectOf(signal);
  if (defect !== undefined) warn(defect, signal.at);
  else if (signal.factor === 0) warn('zero-factor', signal.at);
  return defect === undefined && !signal.isUnusable;
}

function defectOf(signal: SignalDraft): DbcWarningReason | undefined {
  // The one name that is no ordinary key of a JavaScript object, where decoded signals go by name.
  if (signal.name === '__proto__' || signal.attributes?.get('SystemSignalLongSymbol') === '__proto__') {
    return 'reserved-name';
  }
  if (signal.length < 1 || signal.length > MAX_MESSAGE_BYTES * 8) return 'bad-length';
  if (signal.startBit < 0 || bitFieldOf(signal).endByte > MAX_MESSAGE_BYTES) return 'bad-start-bit';
  if (!Number.isFinite(signal.factor) || !Number.isFinite(signal.offset)) return 'bad-factor';
  return undefined;
}

/** What each signal's presence depends on, undefined for nothing; a signal of which that cannot be told has no entry. */
type Selectors = ReadonlyMap<SignalDraft, DbcSelector | undefined>;

/** @param isPlain the message has no multiplexor at all, so that other tools read each of its signals always */
function resolveSelectors(drafts: readonly SignalDraft[], isPlain: boolean, warn: Warn): Selectors {
  const tops = drafts.filter((signal) => signal.isMultiplexor && signal.multiplexValue === undefined);
  const [top] = tops;
  const selectors = new Map<SignalDraft, DbcSelector | undefined>();
  for (const signal of drafts) {
    const { selector, multiplexValue } = signal;
    if (selector !== undefined || multiplexValue === undefined) selectors.set(signal, selector);
    else if (top !== undefined) {
      if (tops.length > 1) warn('ambiguous-multiplexor', signal.at);
      selectors.set(signal, { multiplexor: top.name, ranges: [[multiplexValue, multiplexValue]] });
    } else if (isPlain) {
      warn('missing-multiplexor', signal.at);
      selectors.set(signal, undefined);
    }
  }
  return selectors;
}

/** Multiplexors above a signal; real files have two. */
const MAX_MULTIPLEXOR_DEPTH = 16;

/** Whether the chain of multiplexors above a signal ends, rather than running into nothing or in a circle. */
function leadsToTop(signal: SignalDraft, selectors: Selectors, byName: ReadonlyMap<string, SignalDraft>): boolean {
  let current: SignalDraft | undefined = signal;
  for (let depth = 0; depth <= MAX_MULTIPLEXOR_DEPTH; depth++) {
    if (current === undefined || !selectors.has(current)) return false;
    const selector = selectors.get(current);
    if (selector === undefined) return true;
    current = byName.get(selector.multiplexor);
  }
  return false;
}

/** The same again with the names of the end: a signal that was given the name of another may send what depends on that one round in a circle. */
function endsAtTop(signal: DbcSignal, firstOf: ReadonlyMap<string, DbcSignal>): boolean {
  let current: DbcSignal | undefined = signal;
  for (let depth = 0; depth <= MAX_MULTIPLEXOR_DEPTH; depth++) {
    if (current?.selector === undefined) return current !== undefined;
    current = firstOf.get(current.selector.multiplexor);
  }
  return false;
}

function finishSignal(
  draft: SignalDraft,
  selector: DbcSelector | undefined,
  byName: ReadonlyMap<string, SignalDraft>,
): DbcSignal {
  const { at: _at, isMultiplexor: _isMultiplexor, multiplexValue: _value, isUnusable: _, ...rest } = draft;
  const { selector: _selector, ...signal } = rest;
  const spn = Number(draft.attributes?.get('SPN') ?? 0);
  const multiplexor = selector && byName.get(selector.multiplexor);
  return {
    ...signal,
    labels: draft.labels ?? NO_LABELS,
    attributes: draft.attributes ?? NOTHING,
    name: longName(draft, 'SystemSignalLongSymbol'),
    ...(spn > 0 ? { spn } : {}),
    ...(selector && multiplexor
      ? { selector: { multiplexor: longName(multiplexor, 'SystemSignalLongSymbol'), ranges: selector.ranges } }
      : {}),
  };
}

/** Names of more than 32 characters are cut in the statements, and whole in an attribute. */
function longName({ name, attributes }: Pick<SignalDraft, 'name' | 'attributes'>, attribute: string): string {
  const long = attributes?.get(attribute);
  return typeof long === 'string' && long !== '' ? long : name;
}

/** What the message says of itself counts before the protocol of the network, that before the default. Bit 31 says whether it is extended. */
function frameFormatOf(
  { isExtended, attributes }: MessageDraft,
  network: DbcAttributes,
): { readonly frameFormat?: DbcFrameFormat } {
  const isJ1939Network = network.get('ProtocolType') === 'J1939';
  const fallback = isJ1939Network && isExtended ? 'J1939PG' : network.get('VFrameFormat');
  const stated = attributes?.get('VFrameFormat') ?? fallback;
  if (stated === undefined) return {};
  if (isExtended && (stated === 'J1939PG' || stated === 3)) return { frameFormat: 'j1939' };
  const isFd = String(stated).endsWith('_FD') || stated === 14 || stated === 15;
  if (isFd) return { frameFormat: isExtended ? 'extendedFd' : 'standardFd' };
  return { frameFormat: isExtended ? 'extended' : 'standard' };
}

function cycleTimeOf(attributes: DbcAttributes, network: DbcAttributes): { readonly cycleTimeMs?: number } {
  const cycleTimeMs = Number(attributes.get('GenMsgCycleTime') ?? network.get('GenMsgCycleTime') ?? 0);
  return cycleTimeMs > 0 ? { cycleTimeMs } : {};
}
