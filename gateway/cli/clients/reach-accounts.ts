import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AccountBook, type MadeAccount } from '#gateway/broker/identity/account-book.ts';
import { type AccountListing, type ConfiguredAccount, listAccounts } from '#gateway/broker/identity/account-listing.ts';
import type { StoredAccount } from '#gateway/broker/identity/stored-account.ts';
import type { RightsRule } from '#gateway/broker/identity/topic-rights.ts';
import { expectFolder, findDataDir, type GatewayOptions } from '#gateway/cli/gateway-options.ts';
import { askGateway } from '#gateway/host/ask-gateway.ts';
import { lockFolder } from '#gateway/host/folder-lock.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import { systemClock } from '#gateway/runtime/clock.ts';
import { whoAsks } from './who-asks.ts';

/** The accounts of a gateway, whether it runs or not. */
export interface AccountsDoor {
  list(): Promise<readonly AccountListing[]>;
  add(username: string, rights: Required<RightsRule>): Promise<MadeAccount>;
  rotate(username: string): Promise<MadeAccount>;
  /** @param change the rights that are new, each as a whole */
  setRights(username: string, change: Partial<RightsRule>): Promise<StoredAccount>;
  revoke(username: string): Promise<void>;
}

/** What is done with {@link AccountsDoor}, and what is known of the place. */
export type AccountsVisit<T> = (door: AccountsDoor, place: { readonly isRunning: boolean }) => Promise<T>;

/** A gateway that starts or stops holds the lock and does not answer; so long is waited for it. */
const PATIENCE_MS = 10_000;
const STEP_MS = 200;

/**
 * Asks the gateway that runs on the `dataDir`; where none runs, does the work on the folder itself, under its lock.
 *
 * @throws WaystationError `gateway.denied`, `dataDir.inUse`, and what the change throws
 */
export async function reachAccounts<T>(options: GatewayOptions, visit: AccountsVisit<T>): Promise<T> {
  const dataDir = await findDataDir(options);
  const startMs = systemClock.monotonicMs();
  // Not the clock of the gateway: its timers keep no process alive, and here the wait is all there is.
  for (; ; await sleep(STEP_MS)) {
    try {
      return await visit(remoteDoor(dataDir), { isRunning: true });
    } catch (error) {
      if (!isCode(error, 'gateway.notRunning')) throw error;
    }
    try {
      return await visitFolder(dataDir, options, visit);
    } catch (error) {
      if (!isCode(error, 'dataDir.inUse') || systemClock.monotonicMs() - startMs > PATIENCE_MS) throw error;
    }
  }
}

function remoteDoor(dataDir: string): AccountsDoor {
  const by = whoAsks();
  // The gateway on the socket is of this installation, and its type checker has seen that it answers so.
  return {
    list: async () => (await askGateway(dataDir, 'clients.list')) as readonly AccountListing[],
    add: async (username, rights) =>
      (await askGateway(dataDir, 'clients.add', { params: { username, rights, by } })) as MadeAccount,
    rotate: async (username) =>
      (await askGateway(dataDir, 'clients.rotate', { params: { username, by } })) as MadeAccount,
    setRights: async (username, rights) =>
      (await askGateway(dataDir, 'clients.set', { params: { username, rights, by } })) as StoredAccount,
    revoke: async (username) => void (await askGateway(dataDir, 'clients.revoke', { params: { username, by } })),
  };
}

async function visitFolder<T>(dataDir: string, options: GatewayOptions, visit: AccountsVisit<T>): Promise<T> {
  await expectFolder(dataDir, 'Looking for accounts');
  await using _ = await lockFolder(dataDir);
  const configured = await configuredAccounts(dataDir, options);
  const now = () => ({ time: new Date(systemClock.wallMs()).toISOString(), clock: 'system' as const });
  const isConfigured = (name: string) => configured.some(({ username }) => username === name);
  const book = new AccountBook({ dataDir, isConfigured, randomBytes, now });
  const by = whoAsks();
  const door: AccountsDoor = {
    list: async () => listAccounts(await book.list(), configured),
    add: (username, rights) => book.add(username, rights, by),
    rotate: (username) => book.rotate(username, by),
    setRights: (username, change) => book.setRights(username, change, by),
    revoke: (username) => book.revoke(username, by, true),
  };
  return visit(door, { isRunning: false });
}

/** With `-d` the configuration may be out of reach, or another's; then the next start finds a clash. */
async function configuredAccounts(dataDir: string, options: GatewayOptions): Promise<readonly ConfiguredAccount[]> {
  const { loadConfig } = await import('#gateway/config/load-config.ts');
  try {
    const config = await loadConfig(options.config);
    return config.dataDir === dataDir ? config.broker.clients : [];
  } catch (error) {
    if (options.dataDir === undefined || !(error instanceof WaystationError)) throw error;
    return [];
  }
}

function isCode(error: unknown, code: string): error is WaystationError {
  return error instanceof WaystationError && error.code === code;
}
