import type { AccountListing } from '#gateway/broker/identity/account-listing.ts';
import { formatTable } from '#gateway/cli/format-table.ts';
import type { GatewayOptions } from '#gateway/cli/gateway-options.ts';
import { oneLine } from '#gateway/model/one-line.ts';
import { reachAccounts } from './reach-accounts.ts';

/** Prints every account with its rights; nothing secret is among them. */
export async function listClients(options: GatewayOptions & { readonly json?: true }): Promise<void> {
  const accounts = await reachAccounts(options, (door) => door.list());
  process.stdout.write(options.json === true ? `${JSON.stringify(accounts)}\n` : `${formatAccounts(accounts)}\n`);
}

/** The accounts as a table for people. */
export function formatAccounts(accounts: readonly AccountListing[]): string {
  if (accounts.length === 0) return 'There are no accounts; `waystation clients add NAME` makes one.';
  const rows = accounts.map(({ username, origin, connectionCount, admin, rotatedAt, addedAt, ...rights }) => [
    oneLine(username),
    origin,
    connectionCount ?? '-',
    formatFilters(rights.publish),
    `${formatFilters(rights.subscribe)}${rights.denySubscribe.length > 0 ? ` but ${formatFilters(rights.denySubscribe)}` : ''}`,
    admin ? 'yes' : '-',
    (rotatedAt ?? addedAt ?? '-').slice(0, 'YYYY-MM-DD'.length),
  ]);
  return formatTable(['account', 'from', 'connected', 'publish', 'subscribe', 'admin', 'token of'], rows);
}

function formatFilters(filters: readonly string[]): string {
  return filters.length === 0 ? '-' : filters.map(oneLine).join(' ');
}
