import type { StoredAccount } from './stored-account.ts';
import type { RightsRule } from './topic-rights.ts';

/** One account as `waystation clients list` shows it. Nothing secret is in it. */
export interface AccountListing extends Required<RightsRule> {
  readonly username: string;
  /** Where it comes from, and so where it can be changed. */
  readonly origin: 'made' | 'configuration';
  /** Of an account that was made; RFC 3339. */
  readonly addedAt?: string;
  readonly rotatedAt?: string;
  /** Absent where no gateway runs. */
  readonly connectionCount?: number;
}

/** What the configuration says of an account. */
export interface ConfiguredAccount extends RightsRule {
  readonly username: string;
}

/** All accounts, in the order of their names. @param connectionsOf absent where no gateway runs */
export function listAccounts(
  made: readonly StoredAccount[],
  configured: readonly ConfiguredAccount[],
  connectionsOf?: (username: string) => number,
): readonly AccountListing[] {
  const all = [
    ...made.map(({ tokenHash: _, ...account }) => ({ ...account, origin: 'made' as const })),
    ...configured.map(({ username, publish, subscribe, denySubscribe = [], admin = false }) => {
      return { username, publish, subscribe, denySubscribe, admin, origin: 'configuration' as const };
    }),
  ];
  return all
    .map((account) =>
      connectionsOf === undefined ? account : { ...account, connectionCount: connectionsOf(account.username) },
    )
    .toSorted((a, b) => (a.username < b.username ? -1 : 1));
}
