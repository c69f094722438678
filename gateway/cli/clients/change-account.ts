import type { MadeAccount } from '#gateway/broker/identity/account-book.ts';
import { parseRights } from '#gateway/broker/identity/stored-account.ts';
import type { RightsRule } from '#gateway/broker/identity/topic-rights.ts';
import type { GatewayOptions } from '#gateway/cli/gateway-options.ts';
import { WaystationError } from '#gateway/model/errors.ts';
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
  printToken(made, options, [...warningsOf(rights), ADVICE]);
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

function warningsOf({ publish, subscribe }: RightsRule): readonly string[] {
  if (publish.length + subscribe.length > 0) return [];
  return ['It may neither publish nor subscribe: give --publish or --subscribe, after `waystation clients revoke`.'];
}
