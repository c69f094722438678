import type { Command } from 'commander';
import { DEFAULT_CONFIG_FILE } from './gateway-options.ts';

/** Adds `config check` and `config schema`. */
export function addConfigCommands(program: Command): void {
  const config = program.command('config').description('Check configuration files.');
  config
    .command('check')
    .summary('Print OK, or every problem with its line and column (exit code 78).')
    .description(
      'Print OK, or every problem with its line and column (exit code 78): also files that the gateway would not start without, or a sink would never connect without. Warn of what it would start with and is of no use: certificates out of their time, rights that grant nothing, paths that are no serial ports, secrets that others may read; say what a hub will not take.',
    )
    .argument('[file]', 'configuration file', DEFAULT_CONFIG_FILE)
    .action(async (file: string) => (await import('./check-config.ts')).checkConfig(file));
  config
    .command('schema')
    .description('Print the JSON Schema of the configuration, for editors.')
    .action(async () => {
      const { configJsonSchema } = await import('#gateway/config/config-schema.ts');
      process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
    });
}
