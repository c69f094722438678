import { createHash } from 'node:crypto';
import type { AuditDraft } from './audit-entry.ts';
import type { RightsRule } from './topic-rights.ts';

/** What the configuration grants, by the name of the account. */
export type GrantedRights = ReadonlyMap<string, RightsRule>;

/** Stands for the clients without a login, where a name would stand; no account can have it. */
export const ANONYMOUS = '(anonymous)';

/**
 * What is new in the configuration, for the audit trail. Nothing is kept of passwords, not even a hash: one that a person chose could be guessed from it.
 * So a changed password does not show.
 *
 * @param known digests that the trail has, by account
 */
export function configurationDrafts(granted: GrantedRights, known: ReadonlyMap<string, string>): readonly AuditDraft[] {
  const drafts: AuditDraft[] = [];
  for (const [account, { publish, subscribe, denySubscribe = [], admin = false }] of granted) {
    const rights = { publish, subscribe, denySubscribe, admin };
    const digest = createHash('sha256').update(JSON.stringify(rights)).digest('hex').slice(0, DIGEST_DIGITS);
    if (known.get(account) === digest) continue;
    const event = known.has(account) ? 'configuration.changed' : 'configuration.granted';
    drafts.push({ event, account, rights, details: { digest } });
  }
  for (const account of known.keys()) {
    if (!granted.has(account)) drafts.push({ event: 'configuration.withdrawn', account });
  }
  return drafts;
}

const DIGEST_DIGITS = 16;
