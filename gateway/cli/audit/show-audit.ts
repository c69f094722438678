import type { AuditEntry } from '#gateway/broker/identity/audit-entry.ts';
import { verifyAudit } from '#gateway/broker/identity/verify-audit.ts';
import { formatTable } from '#gateway/cli/format-table.ts';
import { findMadeDataDir, type GatewayOptions } from '#gateway/cli/gateway-options.ts';
import { oneLine } from '#gateway/model/one-line.ts';

/** Options of `audit`. */
export interface AuditOptions extends GatewayOptions {
  readonly json?: true;
  readonly account?: string;
}

/** Prints the trail, the oldest entry first; where its chain is broken, says so on standard error. */
export async function showAudit(options: AuditOptions): Promise<void> {
  const { entries, faults } = await verifyAudit(
    await findMadeDataDir(options, 'Looking for the audit trail'),
    undefined,
  );
  const shown = entries.filter(({ account }) => options.account === undefined || account === options.account);
  if (options.json === true) process.stdout.write(shown.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  else process.stdout.write(`${formatAudit(shown)}\n`);
  if (faults.length > 0) process.stderr.write('warning: the trail is broken; `waystation audit verify` says where\n');
}

/** The entries as a table for people. */
export function formatAudit(entries: readonly AuditEntry[]): string {
  if (entries.length === 0) return 'The trail has no entry.';
  const rows = entries.map((entry) => [
    entry.number,
    `${entry.time.slice(0, 'YYYY-MM-DDTHH:MM:SS'.length)}Z`,
    entry.clock,
    oneLine(entry.by),
    oneLine(entry.event),
    oneLine(entry.account ?? '-'),
    oneLine(describe(entry)),
  ]);
  return formatTable(['entry', 'time', 'clock', 'by', 'what', 'account', 'rights and details'], rows);
}

function describe({ rights, details, event }: AuditEntry): string {
  if (rights === undefined) return event === 'trail.begun' || details === undefined ? '' : JSON.stringify(details);
  const { publish, subscribe, denySubscribe = [], admin } = rights;
  const named = Object.entries({ publish, subscribe, denySubscribe }).filter(([, filters]) => filters.length > 0);
  return [...named.map(([name, filters]) => `${name} ${filters.join(' ')}`), ...(admin ? ['admin'] : [])].join('; ');
}
