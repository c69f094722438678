import type { SessionIdentity } from '#gateway/broker/sessions/session.ts';
import type { ClientSession } from '#gateway/model/client-sessions.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import { nearestName } from '#gateway/model/nearest-name.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import type { AccountBook, MadeAccount } from './account-book.ts';
import { type AccountListing, type ConfiguredAccount, listAccounts } from './account-listing.ts';
import type { Accounts } from './accounts.ts';
import { parseRights, type StoredAccount } from './stored-account.ts';

/** What {@link identityMethods} needs. */
export interface IdentityContext {
  readonly book: AccountBook;
  /** Of the running broker. */
  readonly accounts: Accounts;
  /** Those of the configuration. */
  readonly configured: readonly ConfiguredAccount[];
  /** As `Broker.endSessions`. */
  readonly endSessions: (isOver: (session: SessionIdentity) => boolean) => Promise<void>;
  /** As `Broker.reviewSubscriptions`. */
  readonly reviewSubscriptions: (username: string) => Promise<void>;
  /** As `Broker.listSessions`. */
  readonly listSessions: () => readonly ClientSession[];
  readonly logger: Logger;
}

/**
 * What `waystation clients` asks a running gateway, as methods of its control socket; `docs/control-socket.md` describes them. A change is in
 * effect, and durable, when it is answered.
 */
export function identityMethods(context: IdentityContext) {
  const { book, accounts, configured, endSessions, reviewSubscriptions, logger } = context;
  return {
    ...sessionMethods(context),
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
      const connectionCount = accounts.find(username)?.status().connectionCount ?? 0;
      accounts.put(made.account);
      logger.info(
        { account: username, by, connectionCount },
        'an account has a new token; its clients are disconnected',
      );
      return made;
    },
    'clients.set': async (params: unknown): Promise<StoredAccount> => {
      const { username, by, rights } = parseParams(params);
      const account = await book.setRights(username, rights, by);
      accounts.setRights(account);
      await reviewSubscriptions(username);
      logger.info({ account: username, by }, 'an account has other rights; they hold for its clients from now on');
      return account;
    },
    'clients.revoke': async (params: unknown): Promise<void> => {
      const { username, by } = parseParams(params);
      await book.require(username);
      const connectionCount = accounts.find(username)?.status().connectionCount ?? 0;
      // Shut out first: whatever fails from here on, nobody logs in to it as long as this gateway runs.
      accounts.revoke(username);
      try {
        await endSessions((session) => session.username === username);
        await book.revoke(username, by, false);
        logger.info({ account: username, by, connectionCount }, 'an account is revoked; its clients are disconnected');
      } catch (error) {
        throw error instanceof WaystationError ? shutOutOnly(username, error) : error;
      }
    },
  };
}

/** The sessions of clients that are away above all. */
function sessionMethods({ book, endSessions, listSessions, logger }: IdentityContext) {
  return {
    'clients.sessions': (): readonly ClientSession[] => listSessions(),
    'clients.endSession': async (params: unknown): Promise<ClientSession> => {
      const { client, by } = parseSessionParams(params);
      const sessions = listSessions();
      const session = sessions.find((each) => each.client === client);
      if (session === undefined) throw unknownSession(client, sessions);
      const { user, queuedCount, queuedBytes, awaySeconds } = session;
      await book.noteSessionEnd(user, { client, queuedCount, queuedBytes, awaySeconds }, by);
      await endSessions(({ clientId }) => clientId === client);
      logger.info({ client, user, by, queuedCount, queuedBytes }, 'a session was ended, with what waited in it');
      return session;
    },
  };
}

function unknownSession(client: string, sessions: readonly ClientSession[]): WaystationError {
  const near = nearestName(
    client,
    sessions.map((session) => session.client),
  );
  const hint = near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`;
  return new WaystationError(
    'session.unknown',
    `Ending the session of ${JSON.stringify(client)}: there is none${hint}`,
  );
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

function parseSessionParams(params: unknown): { readonly client: string; readonly by: string } {
  const { client, by }: Partial<Record<string, unknown>> = typeof params === 'object' && params !== null ? params : {};
  if (typeof client === 'string' && typeof by === 'string') return { client, by: by.slice(0, MAX_BY_CHARS) };
  throw new WaystationError('gateway.badRequest', 'Expected parameters such as {"client":"pump","by":"me"}.');
}

function parseParams(params: unknown): Params {
  const { username, by, rights }: Partial<Record<keyof Params, unknown>> =
    typeof params === 'object' && params !== null ? params : {};
  if (typeof username === 'string' && typeof by === 'string') {
    return { username, by: by.slice(0, MAX_BY_CHARS), rights };
  }
  throw new WaystationError('gateway.badRequest', 'Expected parameters such as {"username":"pump","by":"me"}.');
}
