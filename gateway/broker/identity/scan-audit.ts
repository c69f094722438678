import { type AuditEntry, type ChainLink, decodeAuditLine, NO_HASH } from './audit-entry.ts';

/**
 * What is wrong with a line: it is no entry, its hash is not that of its text, or it does not follow the line before, so that
 * something was taken out, put in, or moved.
 */
export type AuditFault = 'unreadable' | 'altered' | 'detached';

/** What a file of the trail holds. */
export interface AuditScan {
  /** Those that are sound by themselves, in order. */
  readonly entries: readonly AuditEntry[];
  /** By line, which counts from 1. */
  readonly faults: readonly { readonly line: number; readonly fault: AuditFault }[];
  /** Where the chain goes on; undefined where nothing tells. */
  readonly head: ChainLink | undefined;
  /** Where the last whole line ends. */
  readonly wholeBytes: number;
  /** Bytes after that: a line that a power cut left unfinished. It was never answered for. */
  readonly tornBytes: number;
}

/**
 * Follows the chain through one file.
 *
 * @param before the last entry of the file before; `none` where the trail begins here, undefined where that is not known
 */
export function scanAudit(bytes: Buffer, before: ChainLink | 'none' | undefined): AuditScan {
  const entries: AuditEntry[] = [];
  const faults: { line: number; fault: AuditFault }[] = [];
  let head: ChainLink | undefined = before === 'none' ? BEGINNING : before;
  let at = 0;
  for (let line = 1; ; line++) {
    const end = bytes.indexOf(LINE_END, at);
    if (end < 0) break;
    const decoded = decodeAuditLine(bytes.subarray(at, end));
    at = end + 1;
    if (!decoded.isSound) {
      faults.push({ line, fault: decoded.reason });
      head = decoded.claimed;
      continue;
    }
    const { entry } = decoded;
    if (head !== undefined && !follows(entry, head)) faults.push({ line, fault: 'detached' });
    entries.push(entry);
    head = { number: entry.number, hash: entry.hash };
  }
  return { entries, faults, head: head === BEGINNING ? undefined : head, wholeBytes: at, tornBytes: bytes.length - at };
}

const LINE_END = 0x0a;
const BEGINNING: ChainLink = { number: 0, hash: NO_HASH };

function follows({ number, previous }: AuditEntry, before: ChainLink): boolean {
  return number === before.number + 1 && previous === before.hash;
}
