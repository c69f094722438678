import { LINK_MODES, type LinkMode } from '#gateway/model/link-status.ts';
import { type DayLedger, MAX_SPANS, type Span } from './day-ledger.ts';
import type { DayNotice } from './day-notice.ts';
import type { ModeOverride } from './link-mode.ts';
import type { BootMark } from './time-line.ts';

/** What is kept of a link over a restart. */
export interface LinkRecord {
  readonly ledger: DayLedger;
  readonly override: ModeOverride | undefined;
  /** What was told of the day under way, or of one before; undefined where nothing is to be taken back. */
  readonly told: DayNotice | undefined;
  /** When it was kept, by the time since the host started; undefined where the start has no name. */
  readonly boot: BootMark | undefined;
  /** By sink, what its batches take on the wire: see `wire-share.ts` of the delivery loop. */
  readonly wireShares: WireShares;
}

/** More than that many sinks on one link begin with nothing learnt. */
export const MAX_WIRE_SHARES = 16;

/** The latest learnt last. */
export type WireShares = ReadonlyMap<string, number>;

const VERSION = 1;

/** JSON, in whole milliseconds, rounded so that nothing looks older than it is. At most 4 KB less the head of a slot. */
export function encodeLinkRecord({ ledger, override, told, boot, wireShares }: LinkRecord): Uint8Array {
  const { elapsedMs, spans, dayFromMs, known, aheadMs, gapMs } = ledger;
  const record = {
    version: VERSION,
    elapsedMs: Math.floor(elapsedMs),
    spans: spans.map(({ fromMs, toMs, bytes }) => [Math.ceil(fromMs), Math.ceil(toMs), bytes]),
    ...(dayFromMs === undefined ? {} : { dayFromMs: Math.floor(dayFromMs) }),
    ...(known === undefined ? {} : { known: [Math.floor(known.elapsedMs), Math.floor(known.wallMs)] }),
    ...(aheadMs === 0 ? {} : { aheadMs: Math.ceil(aheadMs) }),
    ...(gapMs === undefined ? {} : { gapMs: Math.floor(gapMs) }),
    ...(boot === undefined ? {} : { boot: [boot.id, Math.ceil(boot.atMs)] }),
    ...(wireShares.size === 0 ? {} : { wireShares: [...wireShares].slice(-MAX_WIRE_SHARES).map(roundedShare) }),
    ...(override === undefined ? {} : { override: rounded(override) }),
    ...(told === undefined ? {} : { told: [told.state, Math.ceil(told.atMs), told.maxBytes] }),
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
    aheadMs: readTime(fields['aheadMs']),
    gapMs: readTime(fields['gapMs']),
    boot: readBoot(fields['boot']),
    wireShares: readShares(fields['wireShares']),
    override: readOverride(fields['override']),
    told: readTold(fields['told']),
  };
  const isWrong = Object.entries(optional).some(([key, value]) => value === undefined && fields[key] !== undefined);
  if (isWrong) return undefined;
  const { override, told, boot, wireShares = new Map(), aheadMs = 0, ...times } = optional;
  return { ledger: { elapsedMs, spans, ...times, aheadMs, nextDayMs: undefined }, override, told, boot, wireShares };
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

function readBoot(value: unknown): BootMark | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [id, at] = value;
  const atMs = readTime(at);
  return typeof id === 'string' && atMs !== undefined ? { id, atMs } : undefined;
}

function readShares(value: unknown): WireShares | undefined {
  if (!Array.isArray(value) || value.length > MAX_WIRE_SHARES) return undefined;
  const shares = new Map<string, number>();
  for (const entry of value) {
    if (!Array.isArray(entry) || entry.length !== 2) return undefined;
    const [sink, share] = entry;
    if (typeof sink !== 'string' || typeof share !== 'number' || !(share > 0 && share <= 1)) return undefined;
    shares.set(sink, share);
  }
  return shares;
}

/** In whole thousandths, upwards: at most what is sent uncompressed. */
function roundedShare([sink, share]: readonly [string, number]): readonly [string, number] {
  return [sink, Math.min(1, Math.ceil(share * 1000) / 1000)];
}

function readOverride(value: unknown): ModeOverride | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { mode, from, sinceMs, untilMs }: Fields = { ...value };
  const since = readTime(sinceMs);
  const until = readTime(untilMs);
  if (!isLinkMode(mode) || (from !== 'cli' && from !== 'command') || since === undefined) return undefined;
  return untilMs !== undefined && until === undefined ? undefined : { mode, from, sinceMs: since, untilMs: until };
}

function readTold(value: unknown): DayNotice | undefined {
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  const [state, at, max] = value;
  const [atMs, maxBytes] = [readTime(at), readTime(max)];
  if ((state !== 'low' && state !== 'spent') || atMs === undefined || maxBytes === undefined) return undefined;
  return { state, atMs, maxBytes };
}

/** Whether a text names a mode. */
export function isLinkMode(value: unknown): value is LinkMode {
  return LINK_MODES.some((mode) => mode === value);
}

function rounded({ untilMs, sinceMs, ...rest }: ModeOverride): ModeOverride {
  return { ...rest, sinceMs: Math.ceil(sinceMs), untilMs: untilMs === undefined ? undefined : Math.ceil(untilMs) };
}
