import { createHash } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { WaystationError } from '#gateway/model/errors.ts';
import { readBounded } from '#gateway/runtime/read-bounded.ts';
import { replaceFile } from '#gateway/runtime/replace-file.ts';
import type { ChainLink } from './audit-entry.ts';
import { parseStoredAccount, type StoredAccount } from './stored-account.ts';

/** What the file holds. */
export interface AccountFile {
  /** In the order of their names. */
  readonly accounts: readonly StoredAccount[];
  /** Accounts that were revoked while no gateway ran: their sessions end at its next start. */
  readonly endSessionsOf: readonly string[];
  /** The entry of the audit trail that tells of the last change. */
  readonly audit?: ChainLink;
}

/** Accounts made at run time. */
export const MAX_ACCOUNTS = 1000;
/** Longest file: a thousand accounts with ordinary rights, or fewer with long ones. */
export const MAX_ACCOUNT_FILE_BYTES = 2 ** 20;

/** Where the accounts lie in a `dataDir`. */
export function accountFilePath(dataDir: string): string {
  return join(dataDir, 'accounts.json');
}

/** What names the accounts in the audit trail, so that a change past it shows: SHA-256, lower-case hex. */
export function digestOfAccounts(accounts: readonly StoredAccount[]): string {
  return createHash('sha256').update(JSON.stringify(accounts)).digest('hex');
}

/**
 * Reads the accounts; there are none where there is no file.
 *
 * @throws WaystationError `accounts.damaged`
 */
export async function loadAccountFile(dataDir: string): Promise<AccountFile> {
  const path = accountFilePath(dataDir);
  let text: string;
  try {
    // Opening a pipe would wait for ever.
    if (!(await lstat(path)).isFile()) throw new Error('no regular file');
    text = (await readBounded(path, MAX_ACCOUNT_FILE_BYTES)).toString('utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return EMPTY;
    throw damaged(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
  const parsed = parseAccountFile(text);
  if (typeof parsed === 'string') throw damaged(path, parsed);
  return parsed;
}

/**
 * Writes the accounts, whole or not at all.
 *
 * @throws WaystationError `account.tooMany`, `accounts.unwritable`
 */
export async function saveAccountFile(dataDir: string, content: AccountFile): Promise<void> {
  const path = accountFilePath(dataDir);
  const text = `${JSON.stringify({ version: 1, ...content }, undefined, 1)}\n`;
  await replaceFile(path, text).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WaystationError('accounts.unwritable', `Writing ${path}: ${reason}`, { cause });
  });
}

/** @throws WaystationError `account.tooMany` when these would make no file */
export function refuseTooMany(accounts: readonly StoredAccount[]): void {
  const sizeBytes = Buffer.byteLength(JSON.stringify(accounts, undefined, 1));
  if (accounts.length <= MAX_ACCOUNTS && sizeBytes <= MAX_ACCOUNT_FILE_BYTES / 2) return;
  const found = `there would be ${accounts.length} with ${sizeBytes} bytes of rights`;
  throw new WaystationError(
    'account.tooMany',
    `Adding an account: ${found}, at most ${MAX_ACCOUNTS} with ${MAX_ACCOUNT_FILE_BYTES / 2} bytes are kept`,
  );
}

/** @returns the words that complete «Reading PATH: » where it is no such file */
export function parseAccountFile(text: string): AccountFile | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'no JSON';
  }
  if (typeof value !== 'object' || value === null) return 'no JSON object';
  const { version, accounts, endSessionsOf = [], audit }: Partial<Record<string, unknown>> = { ...value };
  if (version !== 1) return `version ${JSON.stringify(version)} is not known; was it written by a newer gateway?`;
  if (!Array.isArray(accounts)) return 'no list of accounts';
  if (accounts.length > MAX_ACCOUNTS) return `more than ${MAX_ACCOUNTS} accounts`;
  const parsed = accounts.map(parseStoredAccount);
  const broken = parsed.indexOf(undefined);
  if (broken >= 0) return `entry ${broken} is no account`;
  const whole = parsed.filter((account) => account !== undefined);
  if (new Set(whole.map(({ username }) => username)).size < whole.length) return 'a name is there twice';
  if (!(Array.isArray(endSessionsOf) && endSessionsOf.every((name) => typeof name === 'string'))) {
    return 'endSessionsOf is no list of names';
  }
  return { accounts: whole, endSessionsOf, ...(isLink(audit) ? { audit } : {}) };
}

const EMPTY: AccountFile = { accounts: [], endSessionsOf: [] };

function isLink(value: unknown): value is ChainLink {
  if (typeof value !== 'object' || value === null || !('number' in value && 'hash' in value)) return false;
  return Number.isSafeInteger(value.number) && typeof value.hash === 'string';
}

function damaged(path: string, reason: string, cause?: unknown): WaystationError {
  return new WaystationError('accounts.damaged', `Reading ${path}: ${reason}`, { cause });
}
