import type { Command } from 'commander';
import { withGatewayOptions } from '#gateway/cli/gateway-options.ts';
import type { ChangeLettersOptions } from './change-letters.ts';
import type { ListLettersOptions } from './list-letters.ts';

/** Adds `dead-letters list`, `show`, `redrive` and `drop`. */
export function addDeadLettersCommands(program: Command): void {
  const letters = program
    .command('dead-letters')
    .description('Look at the events that a target refused for good, try them again, or give them up.');
  withGatewayOptions(letters.command('list'))
    .description('List the letters, the oldest first; of a running gateway, or of a folder or a copy of it.')
    .option('--sink <id>', 'only those of one sink')
    .option('--json', 'one line of JSON for each letter')
    .action(async (options: ListLettersOptions) => (await import('./list-letters.ts')).listLetters(options));
  withGatewayOptions(letters.command('show'))
    .description('Show one letter with its event.')
    .argument('<id>', 'the letter, as `waystation dead-letters list` lists it')
    .option('--json', 'one line of JSON')
    .action(async (id: string, options: ListLettersOptions) =>
      (await import('./show-letter.ts')).showLetter(id, options),
    );
  withSelection(letters.command('redrive'))
    .description(
      'Send letters again, behind everything else; those that are taken are letters no more. Without a gateway, once it runs.',
    )
    .action(async (ids: readonly string[], options: ChangeLettersOptions) =>
      (await import('./change-letters.ts')).redriveLetters(ids, options),
    );
  withSelection(letters.command('drop'))
    .description('Give letters up for good.')
    .option('--yes', 'do not ask')
    .action(async (ids: readonly string[], options: ChangeLettersOptions) =>
      (await import('./change-letters.ts')).dropLetters(ids, options),
    );
}

function withSelection(command: Command): Command {
  return withGatewayOptions(command)
    .argument('[ids...]', 'the letters, as `waystation dead-letters list` lists them')
    .option('--sink <id>', 'all of one sink')
    .option('--all', 'all there are')
    .option('--json', 'one line of JSON');
}
