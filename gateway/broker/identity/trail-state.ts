import type { AuditEntry } from './audit-entry.ts';

/** What the trail says about how things were left. */
export interface TrailState {
  /** The last change of the accounts made at run time; undefined before the first. */
  readonly accounts: AccountsMark | undefined;
  /** Digest of what the configuration granted to each of its accounts, by name. */
  readonly configured: ReadonlyMap<string, string>;
  /** What the first entry of the next file must repeat, so that it alone is enough to go on from. */
  carried(): { readonly accounts?: AccountsMark; readonly configured?: Readonly<Record<string, string>> };
}

/** Digests of the accounts, as `account-file.ts` makes them. */
export interface AccountsMark {
  /** What the last change left. */
  readonly after: string;
  /** What there was before it: still there if the power failed in between. */
  readonly before: string | undefined;
}

/** With the longest names and their digests, less than a line holds. */
const MAX_CARRIED_ACCOUNTS = 100;

/** Folds the entries of the newest file. */
export function trailState(entries: readonly AuditEntry[]): TrailState {
  let accounts: AccountsMark | undefined;
  const configured = new Map<string, string>();
  for (const { event, account, accounts: after, details } of entries) {
    if (event === 'trail.continued') {
      const { accounts: mark, configured: granted } = details ?? {};
      if (isMark(mark)) accounts = mark;
      for (const [name, digest] of Object.entries(typeof granted === 'object' ? (granted ?? {}) : {})) {
        configured.set(name, String(digest));
      }
    }
    if (after !== undefined) accounts = { after, before: accounts?.after };
    if (account === undefined) continue;
    if (event === 'configuration.withdrawn') configured.delete(account);
    if (event === 'configuration.granted' || event === 'configuration.changed') {
      configured.set(account, String(details?.['digest']));
    }
  }
  return {
    accounts,
    configured,
    carried: () => ({
      ...(accounts === undefined ? {} : { accounts }),
      // Where they would make no line they are written down anew at the next start, as if all of them were new.
      ...(configured.size <= MAX_CARRIED_ACCOUNTS ? { configured: Object.fromEntries(configured) } : {}),
    }),
  };
}

function isMark(value: unknown): value is AccountsMark {
  return typeof value === 'object' && value !== null && 'after' in value && typeof value.after === 'string';
}
