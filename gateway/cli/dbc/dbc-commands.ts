import type { Command } from 'commander';
import { type CheckDbcOptions, checkDbcFiles } from './check-dbc.ts';

/** Adds `dbc check` to the program. */
export function addDbcCommands(program: Command): void {
  const dbc = program.command('dbc').description('Look into DBC files.');
  dbc
    .command('check')
    .description('Print every doubt about DBC files, and what each message looks like.')
    .argument('<files...>', 'DBC files')
    .option('--json', 'one line of JSON for each file')
    .option('--strict', 'fail when there is a warning')
    .action(async (files: readonly string[], options: CheckDbcOptions) => {
      await checkDbcFiles(files, options, process);
    });
}
