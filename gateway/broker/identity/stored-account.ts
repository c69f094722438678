import { isTopicFilter } from '#gateway/model/topic-filter.ts';
import type { RightsRule } from './topic-rights.ts';

/** An account made at run time, as it is kept. */
export interface StoredAccount extends Required<RightsRule> {
  readonly username: string;
  /** SHA-256 of the token, lower-case hex. A token is 256 random bits: there is nothing to guess, and so nothing to make slow. */
  readonly tokenHash: string;
  /** RFC 3339, UTC, by the clock of the host. */
  readonly addedAt: string;
  readonly rotatedAt?: string;
}

/** Longest name of an account made at run time, in characters. */
export const MAX_ACCOUNT_NAME_CHARS = 64;
/** Topic filters for each right of such an account. */
export const MAX_FILTERS_PER_RIGHT = 32;
/** All of them together, as JSON. */
export const MAX_RIGHTS_BYTES = 8192;

/**
 * Whether an account may be made under this name. No `+`, `#` or `/`, which would make more of `${username}` than one level; nothing that a
 * shell, a table or a log would trip over.
 */
export function isAccountName(name: string): boolean {
  return name.length <= MAX_ACCOUNT_NAME_CHARS && NAME.test(name) && name === name.normalize('NFC');
}

/** The rights in what somebody sent; what is left out is empty. @returns the words that complete «Expected …» where they are none */
export function parseRights(value: unknown): Required<RightsRule> | string {
  if (typeof value !== 'object' || value === null) return 'rights';
  const { publish, subscribe, denySubscribe, admin }: Partial<Record<keyof RightsRule, unknown>> = value;
  const wrong = Object.entries({ publish, subscribe, denySubscribe }).find(([, filters]) => !isFilters(filters));
  if (wrong !== undefined) return whatIsWrong(...wrong);
  const sizeBytes = Buffer.byteLength(JSON.stringify([publish, subscribe, denySubscribe]));
  if (sizeBytes > MAX_RIGHTS_BYTES) return `at most ${MAX_RIGHTS_BYTES} bytes of rights, found ${sizeBytes}`;
  if (admin !== undefined && typeof admin !== 'boolean') return 'true or false for admin';
  return {
    // The cast says what has just been looked at.
    publish: (publish ?? []) as readonly string[],
    subscribe: (subscribe ?? []) as readonly string[],
    denySubscribe: (denySubscribe ?? []) as readonly string[],
    admin: admin ?? false,
  };
}

/** @returns undefined unless it is a whole account */
export function parseStoredAccount(value: unknown): StoredAccount | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { username, tokenHash, addedAt, rotatedAt }: Partial<Record<keyof StoredAccount, unknown>> = value;
  if (typeof username !== 'string' || !isAccountName(username)) return undefined;
  if (typeof tokenHash !== 'string' || !/^[0-9a-f]{64}$/.test(tokenHash)) return undefined;
  if (typeof addedAt !== 'string' || !(rotatedAt === undefined || typeof rotatedAt === 'string')) return undefined;
  const rights = parseRights(value);
  if (typeof rights === 'string') return undefined;
  return { username, tokenHash, ...rights, addedAt, ...(rotatedAt === undefined ? {} : { rotatedAt }) };
}

const NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._:@-]*$/u;

function isFilters(value: unknown): boolean {
  if (value === undefined) return true;
  return Array.isArray(value) && value.length <= MAX_FILTERS_PER_RIGHT && value.every(isFilter);
}

function isFilter(value: unknown): boolean {
  return typeof value === 'string' && isTopicFilter(value);
}

function whatIsWrong(name: string, filters: unknown): string {
  if (!Array.isArray(filters)) return `a list of topic filters for ${name}`;
  const bad: unknown = filters.find((filter) => !isFilter(filter));
  return bad === undefined
    ? `at most ${MAX_FILTERS_PER_RIGHT} topic filters for ${name}, found ${filters.length}`
    : `a topic filter for ${name}, found ${JSON.stringify(bad)}`;
}
