import type { Command } from 'commander';

/** Adds `config check` and `config schema`. */
export function addConfigCommands(program: Command): void {
  const config = program.command('config').description('Check configuration files.');
  config
    .command('check')
    .description(
      'Print OK, or every problem with its line and column (exit code 78); warn of files that are missing, of paths that are no serial ports, and of secrets that others may read; say what a hub will not take.',
    )
    .argument('<file>', 'configuration file')
    .action(async (file: string) => {
      const { configErrorOf, loadConfig } = await import('#gateway/config/load-config.ts');
      const { findOpenSecrets } = await import('#gateway/config/open-secrets.ts');
      const { findFileProblems, findPortProblems, findReportIssues, findTlsIssues, loadDbcOnce } = await import(
        './check-files.ts'
      );
      const load = loadDbcOnce();
      const config = await loadConfig(file);
      const issues = [...(await findTlsIssues(config)), ...(await findReportIssues(config, load))];
      if (issues.length > 0) throw await configErrorOf(file, issues);
      for (const problem of await findFileProblems(config, load)) {
        process.stderr.write(`warning: ${problem}; the gateway would not start here\n`);
      }
      for (const problem of await findPortProblems(config)) {
        process.stderr.write(`warning: ${problem}; the gateway would start without this device\n`);
      }
      const { remarksOnSinks } = await import('./explain-sink.ts');
      for (const remark of remarksOnSinks(config)) process.stderr.write(`remark: ${remark}\n`);
      for (const problem of await findOpenSecrets(config)) process.stderr.write(`warning: ${problem}\n`);
      process.stdout.write('OK\n');
    });
  config
    .command('schema')
    .description('Print the JSON Schema of the configuration, for editors.')
    .action(async () => {
      const { configJsonSchema } = await import('#gateway/config/config-schema.ts');
      process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
    });
}
