import { createHash, timingSafeEqual } from 'node:crypto';
import type { Secret } from '#gateway/model/secret.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import { Account, type PublishRules } from './account.ts';
import { bindRights, type RightsRule, TopicRights, withheldRights } from './topic-rights.ts';

/** One login with its rights. */
export interface BrokerUser extends RightsRule, PublishRules {
  readonly username: string;
  readonly password: Secret;
}

/** Who may log in, and what they may do then. No account exists until it is configured. */
export class Accounts {
  readonly #users: ReadonlyMap<string, Login>;
  readonly #anonymous: RightsRule | undefined;
  readonly #rights = new Map<string, TopicRights>();

  constructor(users: readonly BrokerUser[], anonymous: false | RightsRule, clock: Clock) {
    this.#users = new Map(
      users.map((user) => {
        const account = new Account(user.username, user, clock);
        return [user.username, { digest: digestOf(user.password.reveal()), rule: user, account }];
      }),
    );
    this.#anonymous = anonymous === false ? undefined : anonymous;
  }

  get isAnonymousAllowed(): boolean {
    return this.#anonymous !== undefined;
  }

  /** Whether an account has this name. */
  has(username: string): boolean {
    return this.#users.has(username);
  }

  /** @returns undefined where no account has this name, or no name is given */
  find(username: string | undefined): Account | undefined {
    return username === undefined ? undefined : this.#users.get(username)?.account;
  }

  /** Takes as long for a wrong password as for a wrong user. */
  isLogin(username: string, password: Buffer): boolean {
    const user = this.#users.get(username);
    const isSame = timingSafeEqual(digestOf(password), user?.digest ?? NO_DIGEST);
    return isSame && user !== undefined;
  }

  /** Rights of an account, shared by all of its clients that stand in the same relation to `${clientId}`. */
  rightsOf(username: string | undefined, clientId: string): TopicRights {
    const key = username === undefined ? 'anonymous' : `${clientId === username ? 'bound' : 'unbound'} ${username}`;
    const known = this.#rights.get(key);
    if (known !== undefined) return known;
    const rule = username === undefined ? this.#anonymous : this.#users.get(username)?.rule;
    const holder = { username, clientId };
    const rights = new TopicRights(bindRights(rule ?? NOTHING, holder), withheldRights(rule ?? NOTHING, holder));
    this.#rights.set(key, rights);
    return rights;
  }
}

interface Login {
  readonly digest: Buffer;
  readonly rule: RightsRule;
  readonly account: Account;
}

const NOTHING: RightsRule = { publish: [], subscribe: [] };
// The digest of nothing anyone can send: SHA-256 never gives 32 zero bytes in practice.
const NO_DIGEST = Buffer.alloc(32);

function digestOf(password: string | Buffer): Buffer {
  return createHash('sha256').update(password).digest();
}
