import { loadAccountFile } from '#gateway/broker/identity/account-file.ts';
import type { ChainLink } from '#gateway/broker/identity/audit-entry.ts';
import { type TrailFault, type TrailReport, verifyAudit } from '#gateway/broker/identity/verify-audit.ts';
import { findMadeDataDir, type GatewayOptions } from '#gateway/cli/gateway-options.ts';
import { counted } from '#gateway/model/counted.ts';
import { WaystationError } from '#gateway/model/errors.ts';

/** Options of `audit verify`. */
export interface VerifyOptions extends GatewayOptions {
  readonly json?: true;
  readonly includes?: string;
}

/**
 * Checks the whole trail.
 *
 * @throws WaystationError `audit.broken`, with every line that is wrong
 */
export async function verifyTrail(options: VerifyOptions): Promise<void> {
  const dataDir = await findMadeDataDir(options, 'Looking for the audit trail');
  const report = await verifyAudit(dataDir, await knownEntry(dataDir));
  const { includes } = options;
  const isMissing = includes !== undefined && !report.entries.some(({ hash }) => hash === includes.toLowerCase());
  if (options.json === true) process.stdout.write(`${JSON.stringify(summaryOf(report, isMissing))}\n`);
  else process.stdout.write(`${formatReport(report)}\n`);
  const broken = report.faults.map(placeOf);
  if (isMissing) broken.push(`no entry has the hash ${includes}`);
  if (broken.length === 0) return;
  throw new WaystationError(
    'audit.broken',
    [`Checking the audit trail: ${counted(broken.length, 'fault')}`, ...broken].join('\n'),
  );
}

/** What the accounts know of the trail; nothing where they cannot be read. */
async function knownEntry(dataDir: string): Promise<ChainLink | undefined> {
  return loadAccountFile(dataDir).then(
    ({ audit }) => audit,
    () => undefined,
  );
}

function summaryOf({ entries, faults, head, tornBytes }: TrailReport, isMissing: boolean): object {
  return { isSound: faults.length === 0 && !isMissing, entryCount: entries.length, head, tornBytes, faults };
}

function formatReport({ entries, head, tornBytes }: TrailReport): string {
  const lines = [counted(entries.length, 'entry', 'entries')];
  if (head !== undefined) lines.push(`The last one is ${head.number}: ${head.hash}`);
  if (tornBytes > 0) {
    lines.push(
      `After it ${counted(tornBytes, 'byte')} of a line that has no end: the power failed while it was written, before anything was changed. The next entry takes its place.`,
    );
  }
  return lines.join('\n');
}

function placeOf({ file, line, text }: TrailFault): string {
  return line === 0 ? `${file}: ${text}` : `${file}:${line}: ${text}`;
}
