import { createHash } from 'node:crypto';
import type { ClockQuality } from '#gateway/model/message.ts';
import type { RightsRule } from './topic-rights.ts';

/** What happened. `docs/accounts.md` has a sentence for each. */
export const AUDIT_EVENTS = [
  'trail.begun',
  'trail.continued',
  'trail.repaired',
  'account.added',
  'account.rotated',
  'account.changed',
  'account.revoked',
  'account.unfinished',
  'session.ended',
  'accounts.changedOutside',
  'configuration.granted',
  'configuration.changed',
  'configuration.withdrawn',
] as const;
/** See {@link AUDIT_EVENTS}. */
export type AuditEvent = (typeof AUDIT_EVENTS)[number];

/** An entry before it has its place in the chain. */
export interface AuditDraft {
  readonly event: AuditEvent;
  /** The account in question; `(anonymous)` is that of clients without a login. */
  readonly account?: string;
  readonly rights?: RightsRule;
  /** Digest of the accounts made at run time, as the change leaves them. */
  readonly accounts?: string;
  /** What else belongs to the event. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** When it was, and who did it. */
export interface AuditOrigin {
  /** RFC 3339, UTC. */
  readonly time: string;
  /** What the time rests on. */
  readonly clock: ClockQuality;
  /** The user of the command, as the command says; `gateway` where nobody asked. */
  readonly by: string;
}

/** One line of the trail. */
export interface AuditEntry extends AuditDraft, AuditOrigin, ChainLink {
  /** Hash of the line before; {@link NO_HASH} in the first. */
  readonly previous: string;
}

/** A place in the chain. */
export interface ChainLink {
  /** Counts from 1, without a hole. */
  readonly number: number;
  /** SHA-256 of the line up to where `,"hash"` begins, in lower-case hex. */
  readonly hash: string;
}

/** What stands in the place of the hash of a line that is not there. */
export const NO_HASH = '0'.repeat(64);
/** Longest line, in bytes. */
export const MAX_AUDIT_LINE_BYTES = 128 * 1024;

/** The line of an entry, with its line end. Rights that make no line are given by their hash. */
export function encodeAuditEntry(draft: AuditDraft, origin: AuditOrigin, before: ChainLink | undefined) {
  const body = bodyOf(draft, origin, before);
  if (Buffer.byteLength(body) > MAX_AUDIT_LINE_BYTES - TAIL_BYTES && draft.rights !== undefined) {
    const { rights, details, ...rest } = draft;
    const rightsHash = sha256(Buffer.from(JSON.stringify(rights)));
    return encodeAuditEntry({ ...rest, details: { ...details, rightsHash } }, origin, before);
  }
  const hash = sha256(Buffer.from(body));
  return { line: `${body},"hash":"${hash}"}\n`, link: { number: (before?.number ?? 0) + 1, hash } };
}

/** Everything but the hash and the brace that ends the object. */
function bodyOf(draft: AuditDraft, { time, clock, by }: AuditOrigin, before: ChainLink | undefined): string {
  const number = (before?.number ?? 0) + 1;
  return JSON.stringify({ number, time, clock, by, ...draft, previous: before?.hash ?? NO_HASH }).slice(0, -1);
}

/** What a line of the trail turns out to be. An altered one may still say which place in the chain it claims. */
export type DecodedAuditLine =
  | { readonly isSound: true; readonly entry: AuditEntry }
  | { readonly isSound: false; readonly reason: 'unreadable' | 'altered'; readonly claimed: ChainLink | undefined };

/** @param line without its line end */
export function decodeAuditLine(line: Buffer): DecodedAuditLine {
  const end = TAIL.exec(line.subarray(-TAIL_BYTES).toString('latin1'));
  const entry = end === null ? undefined : parseEntry(line);
  if (end === null || entry === undefined) return { isSound: false, reason: 'unreadable', claimed: undefined };
  if (sha256(line.subarray(0, -TAIL_BYTES)) === entry.hash) return { isSound: true, entry };
  return { isSound: false, reason: 'altered', claimed: { number: entry.number, hash: entry.hash } };
}

const TAIL = /^,"hash":"[0-9a-f]{64}"\}$/;
const TAIL_BYTES = ',"hash":""}'.length + 64;
const HASH = /^[0-9a-f]{64}$/;

function parseEntry(line: Buffer): AuditEntry | undefined {
  if (line.length > MAX_AUDIT_LINE_BYTES) return undefined;
  try {
    const value: unknown = JSON.parse(line.toString('utf8'));
    return isEntry(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isEntry(value: unknown): value is AuditEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { number, time, clock, by, event, account, accounts, previous, hash }: Partial<Record<string, unknown>> = {
    ...value,
  };
  return (
    Number.isSafeInteger(number) &&
    Number(number) > 0 &&
    [time, clock, by, event].every((text) => typeof text === 'string') &&
    [account, accounts].every((text) => text === undefined || typeof text === 'string') &&
    [previous, hash].every((text) => typeof text === 'string' && HASH.test(text))
  );
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
