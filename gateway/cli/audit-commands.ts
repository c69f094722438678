import type { Command } from 'commander';
import type { AuditOptions } from './audit/show-audit.ts';
import type { VerifyOptions } from './audit/verify-trail.ts';
import { withGatewayOptions } from './gateway-options.ts';

/** Adds `audit` and `audit verify`. */
export function addAuditCommands(program: Command): void {
  const audit = withGatewayOptions(program.command('audit'))
    .description('Print who changed which account, and when: the audit trail.')
    .option('--json', 'one line of JSON for each entry, as it is kept')
    .option('--account <name>', 'only what is about this account')
    .action(async (options: AuditOptions) => (await import('./audit/show-audit.ts')).showAudit(options));
  withGatewayOptions(audit.command('verify'))
    .description('Follow the chain of hashes through the whole trail; exit code 1 where it is broken.')
    .option('--json', 'one line of JSON')
    .option('--includes <hash>', 'also whether an entry is still there that was noted elsewhere')
    // The options that `audit` has too are read by it, wherever they stand.
    .action(async (_: VerifyOptions, command: Command) =>
      (await import('./audit/verify-trail.ts')).verifyTrail(command.optsWithGlobals()),
    );
}
