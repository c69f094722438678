import type { Command } from 'commander';

/** Adds `unpack`. */
export function addUnpackCommand(program: Command): void {
  program
    .command('unpack')
    .description('Print the events of batches that a gateway sent: the payloads of publishes, one behind the other.')
    .argument('[file]', 'payloads as `mosquitto_sub -N -t "fleet/+/batch/#"` writes them, or - for standard input', '-')
    .option('--json', 'one line of JSON for each event')
    .action(async (file: string, options: { readonly json?: true }) =>
      (await import('./unpack.ts')).unpack(file, options),
    );
}
