import { LINK_MODES, type LinkMode } from '#gateway/model/link-status.ts';
import { type DayLedger, MAX_SPANS, type Span } from './day-ledger.ts';
import type { ModeOverride } from './link-mode.ts';

/** What is kept of a link over a restart. */
export interface LinkRecord {
  readonly ledger: DayLedger;
  readonly override: ModeOverride | undefined;
}

const VERSION = 1;

/** JSON, in whole milliseconds, rounded so that nothing looks older than it is. At most 3 KiB. */
export function encodeLinkRecord({ ledger, override }: LinkRecord): Uint8Array {
  const { elapsedMs, spans, dayFromMs, known, gapMs } = ledger;
  const record = {
    version: VERSION,
    elapsedMs: Math.floor(elapsedMs),
    spans: spans.map(({ fromMs, toMs, bytes }) => [Math.ceil(fromMs), Math.ceil(toMs), bytes]),
    ...(dayFromMs === undefined ? {} : { dayFromMs: Math.floor(dayFromMs) }),
    ...(known === undefined ? {} : { known: [Math.floor(known.elapsedMs), Math.floor(known.wallMs)] }),
    ...(gapMs === undefined ? {} : { gapMs: Math.floor(gapMs) }),
    ...(override === undefined ? {} : { override: rounded(override) }),
  };
  return Buffer.from(JSON.stringify(record));
}

/** @returns undefined for anything that is not a record, whole and as it was written */
export function decodeLinkRecord(body: Uint8Array): LinkRecord | undefined {
  const fields = parseFields(body);
  const elapsedMs = readTime(fields['elapsedMs']);
  const spans = readSpans(fields['spans']);
  if (fields['version'] !== VERSION || elapsedMs === undefined || elapsedMs < 0 || spans === undefined)
    return undefined;
  const optional = {
    dayFromMs: readTime(fields['dayFromMs']),
    known: readKnown(fields['known']),
    gapMs: readTime(fields['gapMs']),
    override: readOverride(fields['override']),
  };
  const isWrong = Object.entries(optional).some(([key, value]) => value === undefined && fields[key] !== undefined);
  if (isWrong) return undefined;
  const { override, ...times } = optional;
  return { ledger: { elapsedMs, spans, ...times, nextDayMs: undefined }, override };
}

type Fields = Readonly<Record<string, unknown>>;

function parseFields(body: Uint8Array): Fields {
  try {
    const content: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return typeof content === 'object' && content !== null ? { ...content } : {};
  } catch {
    return {};
  }
}

function readTime(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}

function readSpans(value: unknown): readonly Span[] | undefined {
  if (!Array.isArray(value) || value.length > MAX_SPANS) return undefined;
  const spans = value.map(readSpan);
  return spans.every((span) => span !== undefined) ? spans : undefined;
}

function readSpan(value: unknown): Span | undefined {
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  const [fromMs, toMs, bytes] = value.map(readTime);
  if (fromMs === undefined || toMs === undefined || bytes === undefined) return undefined;
  return fromMs <= toMs && bytes >= 0 ? { fromMs, toMs, bytes } : undefined;
}

function readKnown(value: unknown): DayLedger['known'] {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [elapsedMs, wallMs] = value.map(readTime);
  return elapsedMs === undefined || wallMs === undefined ? undefined : { elapsedMs, wallMs };
}

function readOverride(value: unknown): ModeOverride | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { mode, from, sinceMs, untilMs }: Fields = { ...value };
  const since = readTime(sinceMs);
  const until = readTime(untilMs);
  if (!isLinkMode(mode) || (from !== 'cli' && from !== 'command') || since === undefined) return undefined;
  return untilMs !== undefined && until === undefined ? undefined : { mode, from, sinceMs: since, untilMs: until };
}

/** Whether a text names a mode. */
export function isLinkMode(value: unknown): value is LinkMode {
  return LINK_MODES.some((mode) => mode === value);
}

function rounded({ untilMs, sinceMs, ...rest }: ModeOverride): ModeOverride {
  return { ...rest, sinceMs: Math.ceil(sinceMs), untilMs: untilMs === undefined ? undefined : Math.ceil(untilMs) };
}
