import { hash } from 'node:crypto';
import type { Clock } from '#gateway/runtime/clock.ts';
import { addressGroup } from './address-group.ts';
import { Allowance } from './allowance.ts';
import { RecentKeys } from './recent-keys.ts';

/** A user name with its password, and where they come from. */
export interface LoginAttempt {
  readonly address: string;
  readonly clientId: string;
  readonly username: string;
  readonly password: Buffer;
}

/** Who knows the passwords. */
export interface PasswordKeeper {
  /** Takes as long for a wrong password as for a wrong user. */
  isLogin(username: string, password: Buffer): boolean;
  /** Whether nobody can come upon the password by trying: the gateway drew it. */
  isUnguessable(username: string): boolean;
}

/** What becomes of it. `heldUp`: not looked at, because too many wrong ones came from there. Otherwise than `right` it is answered after `delayMs`. */
export type LoginOutcome =
  | { readonly outcome: 'right' }
  | { readonly outcome: 'wrong' | 'heldUp'; readonly delayMs: number };

/** Wrong passwords in a row for one user from one address; each {@link USER_REFILL_MS} allows another one. */
export const MAX_GUESSES_PER_USER = 10;
/** Wrong passwords in a row from one address, for whatever users. */
export const MAX_GUESSES_PER_ADDRESS = 60;
/** See {@link MAX_GUESSES_PER_USER}. */
export const USER_REFILL_MS = 10_000;
const ADDRESS_REFILL_MS = 5000;
/** So many mistakes are answered at once; then each waits twice as long as the one before. */
export const FREE_MISTAKES = 5;
const FIRST_DELAY_MS = 100;
/** Shorter than the time that a client has for its login. */
export const MAX_DELAY_MS = 3000;
/** Addresses with wrong passwords that are remembered. Each holds what {@link MAX_GUESSES_PER_ADDRESS} lets it leave, some 10 kB. */
export const MAX_ADDRESSES = 1024;
const MAX_USERS_PER_ADDRESS = 32;
const MAX_USERS = 1024;
/** Clients that have logged in with a chosen password, which their neighbours cannot keep out. */
const MAX_KNOWN_CLIENTS = 4096;

/**
 * Makes it slow to try passwords, and keeps nobody out who has the right one:
 *
 * - What the gateway drew itself has 256 random bits. It is always looked at: no attack, from wherever, holds its owner up.
 * - A password that a person chose is not looked at where one address has tried too many wrong ones for that user, or for all together.
 *   What others try elsewhere for the same user only makes the answers to mistakes slower, never a right login.
 * - Behind one address may be many (NAT, this very machine). A client that has logged in from there before, by user and client id, has an
 *   allowance of its own, and the same wrong password again is no guess: a device with an old password costs its neighbours nothing.
 *
 * A right login is never delayed, and never counts. All that is remembered is bounded, and in memory only.
 */
export class LoginGuard {
  readonly #keeper: PasswordKeeper;
  readonly #clock: Clock;
  readonly #places = new RecentKeys<Place>(MAX_ADDRESSES);
  readonly #users = new RecentKeys<Allowance>(MAX_USERS);
  readonly #known = new RecentKeys<Tried>(MAX_KNOWN_CLIENTS);

  constructor(keeper: PasswordKeeper, clock: Clock) {
    this.#keeper = keeper;
    this.#clock = clock;
  }

  judge(attempt: LoginAttempt): LoginOutcome {
    const { username, password } = attempt;
    const nowMs = this.#clock.monotonicMs();
    // Before anything else, so that the time it takes tells nothing.
    const isRight = this.#keeper.isLogin(username, password);
    if (isRight && this.#keeper.isUnguessable(username)) return RIGHT;
    const group = addressGroup(attempt.address);
    const user = shortHash(username);
    const client = shortHash(`${group}\0${username}\0${attempt.clientId}`);
    const known = this.#known.get(client);
    const place = known === undefined ? this.#places.get(group) : undefined;
    if (known?.allowance.isUsedUp(nowMs) || (place !== undefined && isUsedUp(place, user, nowMs))) {
      return { outcome: 'heldUp', delayMs: MAX_DELAY_MS };
    }
    if (isRight) {
      this.#known.getOrAdd(client, () => newTried(nowMs));
      return RIGHT;
    }
    return { outcome: 'wrong', delayMs: this.#note(known, group, user, shortHash(password), nowMs) };
  }

  /** @returns how long its answer waits, milliseconds */
  #note(known: Tried | undefined, group: string, user: string, guess: string, nowMs: number): number {
    const place = known === undefined ? this.#places.getOrAdd(group, () => newPlace(nowMs)) : undefined;
    const tried = known ?? place?.users.getOrAdd(user, () => newTried(nowMs)) ?? newTried(nowMs);
    const everywhere = this.#users.getOrAdd(user, () => newAllowance(nowMs));
    if (!tried.guesses.has(guess)) {
      if (tried.guesses.size >= MAX_GUESSES_PER_USER) tried.guesses.clear();
      tried.guesses.add(guess);
      for (const allowance of [tried.allowance, everywhere, place?.allowance]) allowance?.take(nowMs);
    }
    const mistakeCount = Math.max(tried.allowance.usedCount(nowMs), everywhere.usedCount(nowMs));
    if (mistakeCount <= FREE_MISTAKES) return 0;
    return Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (mistakeCount - FREE_MISTAKES - 1));
  }
}

/** What was tried for one user. */
interface Tried {
  readonly allowance: Allowance;
  /** Short hashes of wrong passwords. */
  readonly guesses: Set<string>;
}

interface Place {
  readonly allowance: Allowance;
  readonly users: RecentKeys<Tried>;
}

const RIGHT: LoginOutcome = { outcome: 'right' };

function isUsedUp({ allowance, users }: Place, user: string, nowMs: number): boolean {
  return allowance.isUsedUp(nowMs) || users.get(user)?.allowance.isUsedUp(nowMs) === true;
}

function newPlace(nowMs: number): Place {
  return {
    allowance: new Allowance(MAX_GUESSES_PER_ADDRESS, ADDRESS_REFILL_MS, nowMs),
    users: new RecentKeys(MAX_USERS_PER_ADDRESS),
  };
}

function newTried(nowMs: number): Tried {
  return { allowance: newAllowance(nowMs), guesses: new Set() };
}

function newAllowance(nowMs: number): Allowance {
  return new Allowance(MAX_GUESSES_PER_USER, USER_REFILL_MS, nowMs);
}

/** Names and passwords may be 64 KiB long, and a password must not lie about in memory. */
function shortHash(content: string | Buffer): string {
  return hash('sha256', content, 'base64').slice(0, SHORT_HASH_CHARS);
}

const SHORT_HASH_CHARS = 16;
