import { type FileHandle, open, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { WaystationError } from '#gateway/model/errors.ts';
import { makeFolders } from '#gateway/runtime/make-folders.ts';
import { readBounded } from '#gateway/runtime/read-bounded.ts';
import { replaceFile, takeOwner } from '#gateway/runtime/replace-file.ts';
import { syncFolder } from '#gateway/runtime/sync-folder.ts';
import {
  type AuditDraft,
  type AuditOrigin,
  type ChainLink,
  encodeAuditEntry,
  MAX_AUDIT_LINE_BYTES,
} from './audit-entry.ts';
import { type AuditScan, scanAudit } from './scan-audit.ts';
import { type TrailState, trailState } from './trail-state.ts';

/** A file of the trail is left behind for the next one before it is larger. */
export const MAX_AUDIT_FILE_BYTES = 2 ** 20;
/** Files of the trail; the oldest goes when there would be more, and the next one says so. */
export const MAX_AUDIT_FILES = 8;

/** How large the trail may become. */
export interface TrailBounds {
  readonly maxFileBytes: number;
  readonly maxFiles: number;
}

const BOUNDS: TrailBounds = { maxFileBytes: MAX_AUDIT_FILE_BYTES, maxFiles: MAX_AUDIT_FILES };

/** The folder of the trail in the `dataDir`. */
export function auditFolder(dataDir: string): string {
  return join(dataDir, 'audit');
}

/**
 * The trail on disk: lines that are only ever appended, in files of bounded size, each a link of one chain. It is read anew for each change,
 * so that nobody holds an idea of it that is out of date; who calls must hold the lock of the folder, or be alone in the process that does.
 */
export class AuditTrail {
  readonly state: TrailState;
  readonly #folder: string;
  readonly #files: readonly string[];
  readonly #bounds: TrailBounds;
  #newest: { readonly path: string; readonly scan: AuditScan } | undefined;

  private constructor(folder: string, files: readonly string[], scan: AuditScan | undefined, bounds: TrailBounds) {
    this.#bounds = bounds;
    this.#folder = folder;
    this.#files = files;
    const last = files.at(-1);
    this.#newest = last === undefined || scan === undefined ? undefined : { path: join(folder, last), scan };
    this.state = trailState(scan?.entries ?? []);
  }

  /** @throws WaystationError `audit.unreadable` */
  static async open(dataDir: string, bounds: TrailBounds = BOUNDS): Promise<AuditTrail> {
    const folder = auditFolder(dataDir);
    const files = await listAuditFiles(folder);
    const last = files.at(-1);
    const scan = last === undefined ? undefined : scanAudit(await readAuditFile(folder, last), undefined);
    return new AuditTrail(folder, files, scan, bounds);
  }

  /** Line numbers of the newest file where the chain is broken. */
  get brokenLines(): readonly number[] {
    return this.#newest?.scan.faults.map(({ line }) => line) ?? [];
  }

  /**
   * Adds entries, synced when this resolves. One at least must be given; afterwards the trail has to be opened again.
   *
   * @throws WaystationError `audit.unwritable`; then none counts
   */
  async append(drafts: readonly AuditDraft[], origin: AuditOrigin): Promise<ChainLink> {
    try {
      return await this.#append(drafts, origin);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new WaystationError('audit.unwritable', `Writing the audit trail ${this.#folder}: ${reason}`, { cause });
    }
  }

  async #append(drafts: readonly AuditDraft[], origin: AuditOrigin): Promise<ChainLink> {
    const newest = this.#newest;
    if (newest === undefined) return this.#begin([{ event: 'trail.begun' }, ...drafts], origin, undefined);
    const { faults, head, tornBytes, wholeBytes } = newest.scan;
    const torn: AuditDraft[] = tornBytes === 0 ? [] : [{ event: 'trail.repaired', details: { cutBytes: tornBytes } }];
    const added = encodeAll([...torn, ...drafts], origin, head);
    if (
      faults.length > 0 ||
      head === undefined ||
      wholeBytes + Buffer.byteLength(added.text) > this.#bounds.maxFileBytes
    ) {
      return this.#continue(drafts, origin);
    }
    await appendTo(newest.path, added.text, wholeBytes);
    return added.head;
  }

  /** The next file. What is broken in the one before stays as it is, to be looked at. */
  async #continue(drafts: readonly AuditDraft[], origin: AuditOrigin): Promise<ChainLink> {
    const dropped = this.#files.slice(0, Math.max(0, this.#files.length + 1 - this.#bounds.maxFiles));
    const firstKept = this.#files[dropped.length];
    const brokenLines = this.brokenLines.slice(0, MAX_NAMED_LINES);
    const carried: AuditDraft = {
      event: 'trail.continued',
      details: {
        ...this.state.carried(),
        ...(dropped.length > 0 && firstKept !== undefined ? { droppedThrough: firstNumberOf(firstKept) - 1 } : {}),
        ...(brokenLines.length > 0 ? { brokenFile: this.#files.at(-1), brokenLines } : {}),
      },
    };
    const head = await this.#begin([carried, ...drafts], origin, this.#newest?.scan.head);
    for (const file of dropped) await rm(join(this.#folder, file), { force: true });
    return head;
  }

  async #begin(drafts: readonly AuditDraft[], origin: AuditOrigin, before: ChainLink | undefined): Promise<ChainLink> {
    for (const made of await makeFolders(this.#folder, 0o700)) {
      await takeOwner(made);
      await syncFolder(dirname(made));
    }
    const last = this.#files.at(-1);
    // Where nothing tells how far the chain had come, the next file must still have a name of its own.
    const lastKnown = before ?? (last === undefined ? undefined : { number: firstNumberOf(last), hash: UNKNOWN_HASH });
    const { text, head } = encodeAll(drafts, origin, lastKnown);
    const name = `audit-${String((lastKnown?.number ?? 0) + 1).padStart(NUMBER_DIGITS, '0')}.jsonl`;
    await replaceFile(join(this.#folder, name), text);
    return head;
  }
}

/** The files of the trail, the oldest first; none where there is no folder. */
export async function listAuditFiles(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => FILE_NAME.test(name)).toSorted();
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [];
    throw unreadable(folder, cause);
  }
}

/** @throws WaystationError `audit.unreadable` */
export async function readAuditFile(folder: string, name: string): Promise<Buffer> {
  const path = join(folder, name);
  // Twice the bound: what makes a file too long is a fault like any other, and is to be named by its line.
  return readBounded(path, 2 * MAX_AUDIT_FILE_BYTES + MAX_AUDIT_LINE_BYTES).catch((cause) => {
    throw unreadable(path, cause);
  });
}

/** The number of the first entry, which is the name of the file. */
export function firstNumberOf(file: string): number {
  return Number(FILE_NAME.exec(file)?.[1]);
}

const NUMBER_DIGITS = 10;
const FILE_NAME = /^audit-(\d{10})\.jsonl$/;
const MAX_NAMED_LINES = 10;
const UNKNOWN_HASH = 'f'.repeat(64);

function unreadable(path: string, cause: unknown): WaystationError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new WaystationError('audit.unreadable', `Reading the audit trail ${path}: ${reason}`, { cause });
}

interface EncodedEntries {
  readonly text: string;
  readonly head: ChainLink;
}

function encodeAll(drafts: readonly AuditDraft[], origin: AuditOrigin, before: ChainLink | undefined): EncodedEntries {
  let head: ChainLink = before ?? { number: 0, hash: '' };
  let text = '';
  for (const draft of drafts) {
    const { line, link } = encodeAuditEntry(draft, origin, head.number === 0 ? undefined : head);
    text += line;
    head = link;
  }
  return { text, head };
}

/** @param wholeBytes where the last whole line ends; what lies behind was never answered for */
async function appendTo(path: string, text: string, wholeBytes: number): Promise<void> {
  // Not created here: a file that has gone is a fault to be seen, not to be papered over.
  const file = await open(path, 'r+');
  try {
    await file.truncate(wholeBytes);
    await writeAt(file, Buffer.from(text), wholeBytes);
    await file.sync();
  } catch (error) {
    // What was half written must not be taken for something; where that fails too, it is a torn line.
    await file.truncate(wholeBytes).catch(() => undefined);
    throw error;
  } finally {
    await file.close();
  }
}

async function writeAt(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}
