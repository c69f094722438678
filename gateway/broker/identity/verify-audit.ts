import { join } from 'node:path';
import type { AuditEntry, ChainLink } from './audit-entry.ts';
import { auditFolder, firstNumberOf, listAuditFiles, readAuditFile } from './audit-trail.ts';
import { type AuditFault, scanAudit } from './scan-audit.ts';

/** What is wrong with the trail, and where. */
export interface TrailFault {
  /** Absolute; of the accounts, where those know of an entry that is not there. */
  readonly file: string;
  /** Counts from 1; 0 where it is about the file. */
  readonly line: number;
  readonly fault: AuditFault | 'beginningMissing' | 'torn' | 'misnamed' | 'endMissing';
  /** What that means, for people. */
  readonly text: string;
}

/** What was found. */
export interface TrailReport {
  readonly entries: readonly AuditEntry[];
  readonly faults: readonly TrailFault[];
  /** The last entry: whoever keeps it elsewhere can tell later whether it is still there. */
  readonly head: ChainLink | undefined;
  /** Of a last line that a power cut left unfinished; no fault, since it was never answered for. */
  readonly tornBytes: number;
}

const TEXTS: Readonly<Record<AuditFault, string>> = {
  unreadable: 'is no entry of the trail',
  altered: 'was altered: its hash is not that of its text',
  detached: 'does not follow the line before: entries were taken out, put in, or moved',
};

/**
 * Follows the chain through all files.
 *
 * @param known an entry that must be there: the accounts keep the one of their last change
 * @throws WaystationError `audit.unreadable`
 */
export async function verifyAudit(dataDir: string, known: ChainLink | undefined): Promise<TrailReport> {
  const folder = auditFolder(dataDir);
  const files = await listAuditFiles(folder);
  const entries: AuditEntry[] = [];
  const faults: TrailFault[] = [];
  let head: ChainLink | undefined;
  let tornBytes = 0;
  for (const [index, name] of files.entries()) {
    const first = firstNumberOf(name);
    const before = index === 0 ? (first === 1 ? 'none' : undefined) : head;
    const scan = scanAudit(await readAuditFile(folder, name), before);
    const file = join(folder, name);
    faults.push(...scan.faults.map(({ line, fault }) => ({ file, line, fault, text: TEXTS[fault] })));
    if (scan.entries[0] !== undefined && scan.entries[0].number !== first) {
      faults.push({ file, line: 1, fault: 'misnamed', text: `begins with entry ${scan.entries[0].number}` });
    }
    if (scan.tornBytes > 0 && index < files.length - 1) {
      const text = 'ends within a line, and is not the newest file';
      faults.push({ file, line: scan.entries.length + scan.faults.length + 1, fault: 'torn', text });
    }
    entries.push(...scan.entries);
    head = scan.head ?? head;
    tornBytes = scan.tornBytes;
  }
  faults.push(...missingBeginning(folder, files, entries));
  // An altered entry is there, though under another hash.
  if (faults.length === 0) faults.push(...missingEnd(dataDir, entries, known));
  return { entries, faults, head, tornBytes };
}

function missingBeginning(
  folder: string,
  [oldest]: readonly string[],
  entries: readonly AuditEntry[],
): readonly TrailFault[] {
  if (oldest === undefined) return [];
  const first = firstNumberOf(oldest);
  const isOwnedTo = entries.some(({ event, details }) => {
    return event === 'trail.continued' && Number(details?.['droppedThrough']) >= first - 1;
  });
  if (first === 1 || isOwnedTo) return [];
  const text = `is the oldest file, and no entry says that those before ${first} were dropped`;
  return [{ file: join(folder, oldest), line: 0, fault: 'beginningMissing', text }];
}

function missingEnd(
  dataDir: string,
  entries: readonly AuditEntry[],
  known: ChainLink | undefined,
): readonly TrailFault[] {
  if (known === undefined || entries.some(({ hash }) => hash === known.hash)) return [];
  // A trail that has come further has dropped it in its time.
  if (known.number < (entries[0]?.number ?? 0)) return [];
  const text = `entry ${known.number} of the trail is not there, which the accounts know of`;
  return [{ file: auditFolder(dataDir), line: 0, fault: 'endMissing', text }];
}
