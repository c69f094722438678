import { hash, timingSafeEqual } from 'node:crypto';
import type { Secret } from '#gateway/model/secret.ts';
import { MAX_TOPIC_LEVELS } from '#gateway/model/topic-filter.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import { Account, type PublishRules } from './account.ts';
import type { StoredAccount } from './stored-account.ts';
import {
  bindRights,
  NO_RIGHTS,
  type RightsHolder,
  type RightsRule,
  TopicRights,
  withheldRights,
} from './topic-rights.ts';

/** One login with its rights. */
export interface BrokerUser extends RightsRule, PublishRules {
  readonly username: string;
  readonly password: Secret;
  /** The gateway drew it: nobody comes upon it by trying. */
  readonly isPasswordDrawn?: boolean;
}

/**
 * Who may log in, and what they may do then. No account exists until it is configured, or made at run time; all of them have one space of
 * names.
 */
export class Accounts {
  readonly #logins = new Map<string, Login>();
  readonly #anonymous: RightsRule | undefined;
  readonly #rights = new Map<string, TopicRights>();
  readonly #clock: Clock;
  readonly #maxTopicLevels: number;

  constructor(
    users: readonly BrokerUser[],
    anonymous: false | RightsRule,
    clock: Clock,
    maxTopicLevels = MAX_TOPIC_LEVELS,
  ) {
    this.#clock = clock;
    this.#maxTopicLevels = maxTopicLevels;
    for (const user of users) {
      const account = new Account(user.username, user, clock);
      const digest = digestOf(user.password.reveal());
      this.#logins.set(user.username, { digest, isDrawn: user.isPasswordDrawn === true, rule: user, account });
    }
    this.#anonymous = anonymous === false ? undefined : anonymous;
  }

  get isAnonymousAllowed(): boolean {
    return this.#anonymous !== undefined;
  }

  /** Whether an account has this name. */
  has(username: string): boolean {
    return this.#logins.has(username);
  }

  /** @returns undefined where no account has this name, or no name is given */
  find(username: string | undefined): Account | undefined {
    return username === undefined ? undefined : this.#logins.get(username)?.account;
  }

  /** Takes as long for a wrong password as for a wrong user. */
  isLogin(username: string, password: Buffer): boolean {
    const login = this.#logins.get(username);
    const isSame = timingSafeEqual(digestOf(password), login?.digest ?? NO_DIGEST);
    return isSame && login !== undefined;
  }

  /** Whether nobody can come upon its password by trying: the gateway drew it. */
  isUnguessable(username: string): boolean {
    return this.#logins.get(username)?.isDrawn === true;
  }

  /** An account was made, or has a new token: whoever logged in with the one before is disconnected. */
  put({ username, tokenHash, ...rule }: MadeLogin): void {
    const account = this.find(username) ?? new Account(username, {}, this.#clock);
    this.#logins.set(username, { digest: Buffer.from(tokenHash, 'hex'), isDrawn: true, rule, account });
    account.disconnect('has a new token');
  }

  /** An account has other rights: in effect at once, for whoever is logged in too, but for subscriptions that are there [B6]. */
  setRights({ username, tokenHash: _, ...rule }: MadeLogin): void {
    const login = this.#logins.get(username);
    if (login === undefined) return;
    this.#logins.set(username, { ...login, rule });
    const [bound, unbound] = rightsKeys(username);
    this.#rights.get(bound)?.change(...rightsIn(rule, { username, clientId: username }));
    this.#rights.get(unbound)?.change(...rightsIn(rule, { username, clientId: '' }));
  }

  /** The account is gone: its clients are disconnected, and whatever was theirs may do nothing any more [B6]. */
  revoke(username: string): void {
    const login = this.#logins.get(username);
    this.#logins.delete(username);
    for (const key of rightsKeys(username)) {
      this.#rights.get(key)?.change();
      this.#rights.delete(key);
    }
    login?.account.disconnect('was revoked');
  }

  /** Rights of an account, shared by all of its clients that stand in the same relation to `${clientId}`. */
  rightsOf(username: string | undefined, clientId: string): TopicRights {
    const [bound, unbound] = rightsKeys(username ?? '');
    const key = username === undefined ? 'anonymous' : clientId === username ? bound : unbound;
    const known = this.#rights.get(key);
    if (known !== undefined) return known;
    const rule = username === undefined ? this.#anonymous : this.#logins.get(username)?.rule;
    const rights = new TopicRights(...rightsIn(rule ?? NO_RIGHTS, { username, clientId }), this.#maxTopicLevels);
    // Nothing is remembered of names that no account has: anybody could think of them.
    if (rule !== undefined) this.#rights.set(key, rights);
    return rights;
  }
}

/** What is known of an account made at run time. */
export type MadeLogin = Pick<StoredAccount, 'username' | 'tokenHash' | keyof RightsRule>;

interface Login {
  readonly digest: Buffer;
  readonly isDrawn: boolean;
  readonly rule: RightsRule;
  readonly account: Account;
}

// The digest of nothing anyone can send: SHA-256 never gives 32 zero bytes in practice.
const NO_DIGEST = Buffer.alloc(32);

/** With a client id that is the name of the account, and with any other. */
function rightsKeys(username: string): readonly [bound: string, unbound: string] {
  return [`bound ${username}`, `unbound ${username}`];
}

/** What one of its clients has, and what it lacks for its client id alone. */
function rightsIn(rule: RightsRule, holder: RightsHolder): readonly [granted: RightsRule, withheld: RightsRule] {
  return [bindRights(rule, holder), withheldRights(rule, holder)];
}

function digestOf(password: string | Buffer): Buffer {
  return hash('sha256', password, 'buffer');
}
