/**
 * Who may use the broker, and who said so: accounts that are made at run time, and the trail of every change of any account.
 *
 * It never sees a password that a person chose, and keeps no token: `accounts.ts` compares hashes.
 * Start reading here; a CONNECT is judged in `judge-connect.ts`, a topic in `topic-rights.ts`, a change made in `account-book.ts`.
 */

import type { SessionIdentity } from '#gateway/broker/sessions/session.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { AccountBook, type AccountBookOptions } from './account-book.ts';
import type { ConfiguredAccount } from './account-listing.ts';
import type { Accounts } from './accounts.ts';
import { ANONYMOUS } from './configuration-drafts.ts';
import type { StoredAccount } from './stored-account.ts';
import type { RightsRule } from './topic-rights.ts';

/** What {@link openIdentity} needs. */
export interface IdentityOptions extends Omit<AccountBookOptions, 'isConfigured'> {
  /** As `broker.clients` and `broker.anonymous` in the configuration. */
  readonly clients: readonly ConfiguredAccount[];
  readonly anonymous: false | RightsRule;
  readonly logger: Logger;
}

/** The accounts as a start finds them. */
export interface Identity {
  readonly book: AccountBook;
  readonly made: readonly StoredAccount[];
  /** Those that were revoked while no gateway ran; undefined where nobody knows who there is. */
  readonly revoked: readonly string[] | undefined;
}

/**
 * Reads the accounts made at run time, and notes in the audit trail what became of the others since the last start. Where the accounts or
 * the trail cannot be used, the gateway goes on without them and says so: devices and sinks need no accounts.
 *
 * @throws WaystationError `account.clash` when a name is there twice
 */
export async function openIdentity(options: IdentityOptions): Promise<Identity> {
  const { clients, anonymous, logger } = options;
  const names = new Set(clients.map(({ username }) => username));
  const book = new AccountBook({ ...options, isConfigured: (username) => names.has(username) });
  try {
    const made = await book.list();
    refuseClash(made, names);
    const granted = new Map<string, RightsRule>(clients.map((client) => [client.username, client]));
    if (anonymous !== false) granted.set(ANONYMOUS, anonymous);
    await begin(book, granted, logger);
    return { book, made, revoked: await book.sessionsToEnd() };
  } catch (error) {
    if (!(error instanceof WaystationError) || error.code !== 'accounts.damaged') throw error;
    logger.error({ error }, 'The accounts made at run time cannot be read: none of them can log in.');
    return { book, made: [], revoked: undefined };
  }
}

/** Where sessions are ended: the broker. */
export interface SessionEnder {
  readonly accounts: Pick<Accounts, 'has' | 'isAnonymousAllowed'>;
  endSessions(isOver: (session: SessionIdentity) => boolean): Promise<void>;
}

/**
 * At a start: sessions of accounts that are gone, or were revoked meanwhile and may have been made anew, must not be found by
 * whoever has the name now [B6]. What cannot be written down now is done again at the next start.
 */
export async function endLeftSessions(
  { book, revoked }: Identity,
  broker: SessionEnder,
  logger: Logger,
): Promise<void> {
  if (revoked === undefined) return;
  const { accounts } = broker;
  const isOver = ({ username }: SessionIdentity) =>
    username === undefined ? !accounts.isAnonymousAllowed : revoked.includes(username) || !accounts.has(username);
  try {
    await broker.endSessions(isOver);
    await book.sessionsEnded();
  } catch (error) {
    if (!(error instanceof WaystationError)) throw error;
    logger.warn({ error }, 'Sessions of accounts that are gone have ended, and may be back at the next start.');
  }
}

async function begin(book: AccountBook, granted: ReadonlyMap<string, RightsRule>, logger: Logger): Promise<void> {
  try {
    const { brokenLines, isForeign } = await book.begin(granted);
    if (isForeign)
      logger.warn({}, 'The accounts were changed by something else than waystation; the audit trail says so.');
    if (brokenLines.length === 0) return;
    const found = { lines: brokenLines.slice(0, MAX_LOGGED_LINES) };
    logger.error(found, 'The audit trail is broken; `waystation audit verify` says where.');
  } catch (error) {
    if (!(error instanceof WaystationError) || error.code === 'accounts.damaged') throw error;
    logger.error({ error }, 'The audit trail cannot tell what the configuration grants; the next start tries again.');
  }
}

const MAX_LOGGED_LINES = 10;

function refuseClash(made: readonly StoredAccount[], configured: ReadonlySet<string>): void {
  const twice = made.map(({ username }) => username).filter((username) => configured.has(username));
  if (twice.length === 0) return;
  throw new WaystationError(
    'account.clash',
    `Reading the accounts: ${twice.map((name) => JSON.stringify(name)).join(', ')} stands in the configuration and was made at run time too`,
  );
}
