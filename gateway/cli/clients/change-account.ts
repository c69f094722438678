import type { MadeAccount } from '#gateway/broker/identity/account-book.ts';
import { findRightsFaults } from '#gateway/broker/identity/rights-faults.ts';
import { parseRights, type StoredAccount } from '#gateway/broker/identity/stored-account.ts';
import type { RightsRule } from '#gateway/broker/identity/topic-rights.ts';
import type { GatewayOptions } from '#gateway/cli/gateway-options.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import { formatAccounts } from './list-clients.ts';
import { reachAccounts } from './reach-accounts.ts';

/** Options of `clients rotate` and `clients revoke`. */
export interface ChangeOptions extends GatewayOptions {
  readonly json?: true;
}

/** Options of `clients add`. */
export interface AddOptions extends ChangeOptions {
  readonly publish?: readonly string[];
  readonly subscribe?: readonly string[];
  readonly denySubscribe?: readonly string[];
  readonly admin?: true;
}

/** Options of `clients set`; false takes a right away. */
export interface SetOptions extends ChangeOptions {
  readonly publish?: readonly string[] | false;
  readonly subscribe?: readonly string[] | false;
  readonly denySubscribe?: readonly string[] | false;
  readonly admin?: boolean;
}

/**
 * Makes an account. The token goes to standard output, alone, so that it can be led into a file; all else to standard error.
 *
 * @throws WaystationError `account.badRights`, and what {@link reachAccounts} throws
 */
export async function addClient(name: string, options: AddOptions): Promise<void> {
  const rights = parseRights(options);
  if (typeof rights === 'string') {
    throw new WaystationError('account.badRights', `Adding the account ${JSON.stringify(name)}: expected ${rights}`);
  }
  const made = await reachAccounts(options, (door) => door.add(name, rights));
  printToken(made, options, [...warningsOf(made.account), ADVICE]);
}

/**
 * Gives an account other rights, each that is named as a whole.
 *
 * @throws WaystationError `account.badRights`, and what {@link reachAccounts} throws
 */
export async function setClient(name: string, options: SetOptions): Promise<void> {
  const change = changeIn(options);
  if (Object.keys(change).length === 0) {
    const text = `Changing the account ${JSON.stringify(name)}: expected a right, such as --publish`;
    throw new WaystationError('account.badRights', text);
  }
  const { account, isRunning } = await reachAccounts(options, async (door, place) => ({
    account: await door.setRights(name, change),
    ...place,
  }));
  const { tokenHash: _, ...shown } = account;
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(shown)}\n`);
    return;
  }
  process.stdout.write(`${formatAccounts([{ ...shown, origin: 'made' }])}\n`);
  process.stderr.write(`${[isRunning ? IN_EFFECT : NEXT_START, ...warningsOf(account)].join('\n')}\n`);
}

/** Gives an account a new token; printed as {@link addClient} does. */
export async function rotateClient(name: string, options: ChangeOptions): Promise<void> {
  const { made, isRunning } = await reachAccounts(options, async (door, place) => ({
    made: await door.rotate(name),
    ...place,
  }));
  printToken(made, options, [isRunning ? DISCONNECTED : LATER, ADVICE]);
}

/** Ends an account. */
export async function revokeClient(name: string, options: ChangeOptions): Promise<void> {
  const isRunning = await reachAccounts(options, async (door, place) => {
    await door.revoke(name);
    return place.isRunning;
  });
  if (options.json === true) process.stdout.write(`${JSON.stringify({ username: name, isRevoked: true })}\n`);
  else process.stdout.write(`${name} is revoked; ${isRunning ? 'its clients were disconnected' : 'no gateway runs'}\n`);
}

const ADVICE = 'This is its only copy: the gateway keeps a hash. It goes where the client takes its password from.';
const DISCONNECTED = 'Clients with the token before it were disconnected, and cannot come back.';
const IN_EFFECT =
  'It holds from now on, for clients that are connected too: subscriptions that it does not cover are gone.';
const NEXT_START = 'No gateway runs; it holds from its next start on.';
const LATER = 'No gateway runs; from its next start on the token before it is worth nothing.';

function printToken({ account, token }: MadeAccount, { json }: ChangeOptions, remarks: readonly string[]): void {
  if (json === true) {
    const { tokenHash: _, ...shown } = account;
    process.stdout.write(`${JSON.stringify({ ...shown, token })}\n`);
    return;
  }
  process.stdout.write(`${token}\n`);
  process.stderr.write(`The token of ${account.username} is on standard output.\n${remarks.join('\n')}\n`);
}

function changeIn({ publish, subscribe, denySubscribe, admin }: SetOptions): Partial<RightsRule> {
  return {
    ...(publish === undefined ? {} : { publish: publish || [] }),
    ...(subscribe === undefined ? {} : { subscribe: subscribe || [] }),
    ...(denySubscribe === undefined ? {} : { denySubscribe: denySubscribe || [] }),
    ...(admin === undefined ? {} : { admin }),
  };
}

/** What can never work, as `waystation config check` says it of accounts in the configuration. */
function warningsOf(account: StoredAccount): readonly string[] {
  const { username } = account;
  return findRightsFaults(account, username).map(({ right, index = 0, text }) =>
    right === undefined
      ? `${username} ${text}; \`waystation clients set\` gives it some.`
      : `${right} ${JSON.stringify(account[right][index])} ${text}.`,
  );
}
