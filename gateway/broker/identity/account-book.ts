import { createHash } from 'node:crypto';
import { WaystationError } from '#gateway/model/errors.ts';
import { nearestName } from '#gateway/model/nearest-name.ts';
import { type AccountFile, digestOfAccounts, loadAccountFile, refuseTooMany, saveAccountFile } from './account-file.ts';
import type { AuditDraft, AuditOrigin } from './audit-entry.ts';
import { AuditTrail } from './audit-trail.ts';
import { ANONYMOUS, configurationDrafts, type GrantedRights } from './configuration-drafts.ts';
import { isAccountName, MAX_ACCOUNT_NAME_CHARS, parseRights, type StoredAccount } from './stored-account.ts';
import type { RightsRule } from './topic-rights.ts';
import type { TrailState } from './trail-state.ts';

/** What {@link AccountBook} needs. */
export interface AccountBookOptions {
  /** Absolute; its lock is held by whoever uses the book. */
  readonly dataDir: string;
  /** Names that accounts have which were not made at run time. */
  readonly isConfigured: (username: string) => boolean;
  /** Chance. */
  readonly randomBytes: (count: number) => Buffer;
  readonly now: () => Pick<AuditOrigin, 'time' | 'clock'>;
}

/** An account with the token that logs in to it, which is shown once and kept nowhere. */
export interface MadeAccount {
  readonly account: StoredAccount;
  readonly token: string;
}

/** The login of the rules, which must stay theirs: no account may be made under it. */
export const RESERVED_NAMES: readonly string[] = ['rules'];
const TOKEN_BYTES = 32;
/** So that a token is known for one wherever it turns up, and begins with no dash. */
const TOKEN_PREFIX = 'wst_';

/**
 * The accounts made at run time, in their file, and every change of them in the audit trail: first the entry, synced, then the accounts.
 * Where the power fails in between, the trail knows what both were like, and the next change says which it is. Changes come one after the other.
 */
export class AccountBook {
  readonly #options: AccountBookOptions;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: AccountBookOptions) {
    this.#options = options;
  }

  /** @throws WaystationError `accounts.damaged` */
  async list(): Promise<readonly StoredAccount[]> {
    return (await this.#take(() => loadAccountFile(this.#options.dataDir))).accounts;
  }

  /** @throws WaystationError `account.badName`, `account.exists`, `account.configured`, `account.tooMany`, and as {@link AccountBook.rotate} */
  add(username: string, rights: Required<RightsRule>, by: string): Promise<MadeAccount> {
    const token = this.#newToken();
    return this.#change(by, (file) => {
      this.#refuseName(username, file.accounts);
      const account = { username, tokenHash: hashOf(token), ...rights, addedAt: this.#options.now().time };
      const accounts = [...file.accounts, account].toSorted((a, b) => (a.username < b.username ? -1 : 1));
      refuseTooMany(accounts);
      const draft: AuditDraft = { event: 'account.added', account: username, rights };
      return { draft, file: { ...file, accounts }, result: { account, token } };
    });
  }

  /**
   * A new token in place of the one before.
   *
   * @throws WaystationError `account.unknown`, `account.configured`, `accounts.damaged`, `accounts.unwritable`, `audit.unreadable`, `audit.unwritable`
   */
  rotate(username: string, by: string): Promise<MadeAccount> {
    const token = this.#newToken();
    return this.#change(by, (file) => {
      const found = this.#find(username, file.accounts);
      const account = { ...found, tokenHash: hashOf(token), rotatedAt: this.#options.now().time };
      const accounts = file.accounts.map((each) => (each === found ? account : each));
      return {
        draft: { event: 'account.rotated', account: username },
        file: { ...file, accounts },
        result: { account, token },
      };
    });
  }

  /**
   * Other rights; the token stays.
   *
   * @param change the rights that are new, each as a whole: as {@link RightsRule}, what is left out stays
   * @throws WaystationError `account.badRights`, `account.tooMany`, and as {@link AccountBook.rotate}
   */
  setRights(username: string, change: unknown, by: string): Promise<StoredAccount> {
    return this.#change(by, (file) => {
      const found = this.#find(username, file.accounts);
      const rights = parseRights(typeof change === 'object' && change !== null ? { ...found, ...change } : change);
      if (typeof rights === 'string') {
        const text = `Changing the account ${JSON.stringify(username)}: expected ${rights}`;
        throw new WaystationError('account.badRights', text);
      }
      const account = { ...found, ...rights };
      const accounts = file.accounts.map((each) => (each === found ? account : each));
      refuseTooMany(accounts);
      const draft: AuditDraft = { event: 'account.changed', account: username, rights };
      return { draft, file: { ...file, accounts }, result: account };
    });
  }

  /**
   * @param hasSessions whether sessions of it may be left that nobody can end now
   * @throws WaystationError as {@link AccountBook.rotate}
   */
  revoke(username: string, by: string, hasSessions: boolean): Promise<void> {
    return this.#change(by, (file) => {
      const found = this.#find(username, file.accounts);
      const accounts = file.accounts.filter((each) => each !== found);
      const others = file.endSessionsOf.filter((name) => name !== username);
      const endSessionsOf = hasSessions ? [...others, username] : others;
      return {
        draft: { event: 'account.revoked', account: username },
        file: { ...file, accounts, endSessionsOf },
        result: undefined,
      };
    });
  }

  /**
   * Notes that a session is about to be ended, with what is given up.
   *
   * @param username its account; undefined is that of all clients without a login
   * @throws WaystationError `accounts.damaged`, `audit.unreadable`, `audit.unwritable`; then nothing may be ended
   */
  noteSessionEnd(username: string | undefined, details: Readonly<Record<string, unknown>>, by: string): Promise<void> {
    const draft = { event: 'session.ended', account: username ?? ANONYMOUS, details } as const;
    return this.#change(by, (file) => ({ draft, file, result: undefined }));
  }

  /** @throws WaystationError `account.unknown`, `account.configured`, `accounts.damaged` */
  async require(username: string): Promise<StoredAccount> {
    return this.#find(username, await this.list());
  }

  /**
   * At a start: notes in the trail what the configuration grants now, if that is not what it granted at the last start, and what became of the
   * accounts meanwhile. Writes nothing where nothing changed.
   *
   * @returns lines of the newest file of the trail where its chain is broken
   * @throws WaystationError `accounts.damaged`, `audit.unreadable`, `audit.unwritable`
   */
  begin(granted: GrantedRights): Promise<{ readonly brokenLines: readonly number[]; readonly isForeign: boolean }> {
    const { dataDir, now } = this.#options;
    return this.#take(async () => {
      const trail = await AuditTrail.open(dataDir);
      const found = foundMeanwhile(await loadAccountFile(dataDir), trail.state);
      const drafts = [...found, ...configurationDrafts(granted, trail.state.configured)];
      if (drafts.length > 0) await trail.append(drafts, { ...now(), by: 'gateway' });
      const isForeign = found.some(({ event }) => event === 'accounts.changedOutside');
      return { brokenLines: trail.brokenLines, isForeign };
    });
  }

  /** Accounts whose sessions were to end at the next start. */
  async sessionsToEnd(): Promise<readonly string[]> {
    return (await this.#take(() => loadAccountFile(this.#options.dataDir))).endSessionsOf;
  }

  /** They have ended, durably. */
  sessionsEnded(): Promise<void> {
    const { dataDir } = this.#options;
    return this.#take(async () => {
      const file = await loadAccountFile(dataDir);
      if (file.endSessionsOf.length > 0) await saveAccountFile(dataDir, { ...file, endSessionsOf: [] });
    });
  }

  #change<T>(by: string, plan: (file: AccountFile) => Plan<T>): Promise<T> {
    const { dataDir, now } = this.#options;
    return this.#take(async () => {
      const before = await loadAccountFile(dataDir);
      const { draft, file, result } = plan(before);
      const trail = await AuditTrail.open(dataDir);
      const found = foundMeanwhile(before, trail.state);
      const change = { ...draft, accounts: digestOfAccounts(file.accounts) };
      const audit = await trail.append([...found, change], { ...now(), by });
      await saveAccountFile(dataDir, { ...file, audit });
      return result;
    });
  }

  #take<T>(action: () => Promise<T>): Promise<T> {
    const taken = this.#turn.then(action);
    // Whoever asked is told; the next has its turn all the same.
    this.#turn = taken.catch(() => undefined);
    return taken;
  }

  #find(username: string, accounts: readonly StoredAccount[]): StoredAccount {
    const found = accounts.find((account) => account.username === username);
    if (found !== undefined) return found;
    if (this.#options.isConfigured(username)) throw configured(username);
    const near = nearestName(
      username,
      accounts.map((account) => account.username),
    );
    const hint = near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`;
    throw new WaystationError('account.unknown', `Looking for the account ${JSON.stringify(username)}: none${hint}`);
  }

  #refuseName(username: string, accounts: readonly StoredAccount[]): void {
    const quoted = JSON.stringify(username.slice(0, MAX_ACCOUNT_NAME_CHARS + 1));
    if (!isAccountName(username) || RESERVED_NAMES.includes(username)) {
      throw new WaystationError('account.badName', `Adding the account ${quoted}: it cannot have this name`);
    }
    if (this.#options.isConfigured(username)) throw configured(username);
    if (accounts.some((account) => account.username === username)) {
      throw new WaystationError('account.exists', `Adding the account ${quoted}: there is one already`);
    }
  }

  #newToken(): string {
    return `${TOKEN_PREFIX}${this.#options.randomBytes(TOKEN_BYTES).toString('base64url')}`;
  }
}

interface Plan<T> {
  readonly draft: AuditDraft;
  readonly file: AccountFile;
  readonly result: T;
}

/** What the trail does not know yet: that its last change never came to be, or that somebody else changed the accounts. */
function foundMeanwhile({ accounts }: AccountFile, { accounts: mark }: TrailState): readonly AuditDraft[] {
  const found = digestOfAccounts(accounts);
  const none = digestOfAccounts([]);
  if (found === (mark?.after ?? none)) return [];
  const isUnfinished = mark !== undefined && found === (mark.before ?? none);
  return [{ event: isUnfinished ? 'account.unfinished' : 'accounts.changedOutside', accounts: found }];
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function configured(username: string): WaystationError {
  return new WaystationError(
    'account.configured',
    `The account ${JSON.stringify(username)} stands in the configuration`,
  );
}
