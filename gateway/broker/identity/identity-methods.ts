import type { SessionIdentity } from '#gateway/broker/sessions/session.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import type { AccountBook, MadeAccount } from './account-book.ts';
import { type AccountListing, type ConfiguredAccount, listAccounts } from './account-listing.ts';
import type { Accounts } from './accounts.ts';
import { parseRights } from './stored-account.ts';

/** What {@link identityMethods} needs. */
export interface IdentityContext {
  readonly book: AccountBook;
  /** Of the running broker. */
  readonly accounts: Accounts;
  /** Those of the configuration. */
  readonly configured: readonly ConfiguredAccount[];
  /** As `Broker.endSessions`. */
  readonly endSessions: (isOver: (session: SessionIdentity) => boolean) => Promise<void>;
}

/**
 * What `waystation clients` asks a running gateway, as methods of its control socket; `docs/control-socket.md` describes them. A change is in
 * effect, and durable, when it is answered.
 */
export function identityMethods({ book, accounts, configured, endSessions }: IdentityContext) {
  return {
    'clients.list': async (): Promise<readonly AccountListing[]> =>
      listAccounts(await book.list(), configured, (name) => accounts.find(name)?.status().connectionCount ?? 0),
    'clients.add': async (params: unknown): Promise<MadeAccount> => {
      const { username, by, rights } = parseParams(params);
      const parsed = parseRights(rights);
      if (typeof parsed === 'string') {
        throw new WaystationError('account.badRights', `Adding ${JSON.stringify(username)}: expected ${parsed}`);
      }
      const made = await book.add(username, parsed, by);
      accounts.put(made.account);
      // Another account may have used the name as a client id until now; from now on that is refused.
      await endSessions((session) => session.clientId === username && session.username !== username);
      return made;
    },
    'clients.rotate': async (params: unknown): Promise<MadeAccount> => {
      const { username, by } = parseParams(params);
      const made = await book.rotate(username, by);
      accounts.put(made.account);
      return made;
    },
    'clients.revoke': async (params: unknown): Promise<void> => {
      const { username, by } = parseParams(params);
      await book.require(username);
      // Shut out first: whatever fails from here on, nobody logs in to it as long as this gateway runs.
      accounts.revoke(username);
      try {
        await endSessions((session) => session.username === username);
        await book.revoke(username, by, false);
      } catch (error) {
        throw error instanceof WaystationError ? shutOutOnly(username, error) : error;
      }
    },
  };
}

function shutOutOnly(username: string, cause: WaystationError): WaystationError {
  const found = `is shut out as long as the gateway runs, and could not be revoked for good: ${cause.message}`;
  return new WaystationError(cause.code, `The account ${JSON.stringify(username)} ${found}`, { cause });
}

interface Params {
  readonly username: string;
  readonly by: string;
  readonly rights: unknown;
}

/** Longest name of who asks. */
const MAX_BY_CHARS = 128;

function parseParams(params: unknown): Params {
  const { username, by, rights }: Partial<Record<keyof Params, unknown>> =
    typeof params === 'object' && params !== null ? params : {};
  if (typeof username === 'string' && typeof by === 'string') {
    return { username, by: by.slice(0, MAX_BY_CHARS), rights };
  }
  throw new WaystationError('gateway.badRequest', 'Expected parameters such as {"username":"pump","by":"me"}.');
}
