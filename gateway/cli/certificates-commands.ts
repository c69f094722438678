import type { Command } from 'commander';
import { WaystationError } from '#gateway/model/errors.ts';
import type { CertificateReload, CertificateStatus } from '#gateway/model/status.ts';
import { findDataDir, type GatewayOptions, withGatewayOptions } from './gateway-options.ts';

/** Adds `certificates reload`. */
export function addCertificatesCommands(program: Command): void {
  const certificates = program.command('certificates').description('Act on the TLS certificates of the listeners.');
  withGatewayOptions(certificates.command('reload'))
    .description(
      'Let a running gateway take its certificate files as they are now; clients stay connected. Files that cannot be used change nothing (exit code 78).',
    )
    .option('--json', 'one line of JSON')
    .action(async (options: GatewayOptions & { readonly json?: true }) => {
      const { askGateway } = await import('#gateway/host/ask-gateway.ts');
      // The gateway on the socket is of this installation, and its type checker has seen that it answers so.
      const reloads = (await askGateway(
        await findDataDir(options),
        'reloadCertificates',
      )) as readonly CertificateReload[];
      process.stdout.write(options.json === true ? `${JSON.stringify(reloads)}\n` : formatReloads(reloads));
      const failed = reloads.find(({ error }) => error !== undefined)?.error;
      if (failed !== undefined) throw new WaystationError(failed.code, failed.message);
    });
}

/** A line per certificate, with what stays in use where files could not be. */
function formatReloads(reloads: readonly CertificateReload[]): string {
  if (reloads.length === 0) return 'no listener has TLS\n';
  const lines = reloads.flatMap(({ listener, error }) => {
    const { certificates = [], host, port, type } = listener;
    const outcome = error === undefined ? 'taken' : 'not taken; what was in use stays';
    return [`${type} ${host}:${port}: ${outcome}`, ...certificates.map((each) => `  ${describeCertificate(each)}`)];
  });
  return `${lines.join('\n')}\n`;
}

/** `CN=gateway until 2027-11-28, 365 days left: /etc/waystation/tls/cert.pem` */
export function describeCertificate({ daysLeft, expires, file, state, subject }: CertificateStatus): string {
  const word = state === 'valid' ? '' : `${STATE_WORDS[state]}: `;
  return `${word}${subject} until ${expires.slice(0, 10)}, ${daysLeft} days left: ${file}`;
}

const STATE_WORDS = { expiring: 'ENDS SOON', expired: 'HAS ENDED', notYetValid: 'NOT YET VALID' } as const;
