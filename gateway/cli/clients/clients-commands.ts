import type { Command } from 'commander';
import { type GatewayOptions, withGatewayOptions } from '#gateway/cli/gateway-options.ts';
import type { AddOptions, SetOptions } from './change-account.ts';
import type { EndOptions } from './end-session.ts';

interface ClientsOptions extends GatewayOptions {
  readonly live?: true;
  readonly json?: true;
}

/** Adds `clients --live`, `clients list`, `add`, `set`, `rotate`, `revoke`, `sessions` and `end`. */
export function addClientsCommands(program: Command): void {
  const clients = withGatewayOptions(program.command('clients'))
    .description('Look at the clients of the broker, their accounts and their sessions; make, change and end them.')
    .option('--live', 'who is connected to a running gateway, and who left last')
    .option('--json', 'one line of JSON')
    .action(async (options: ClientsOptions) => {
      if (options.live !== true) return clients.help({ error: true });
      await (await import('./show-live.ts')).showLiveClients(options);
    });
  addAccountCommands(clients);
  addSessionCommands(clients);
}

function addSessionCommands(clients: Command): void {
  withAccountOptions(clients.command('sessions'))
    .description('List what a running gateway keeps for clients, whether they are connected or away.')
    .action(async (_: ClientsOptions, command: Command) =>
      (await import('./list-sessions.ts')).listSessions(command.optsWithGlobals()),
    );
  withAccountOptions(clients.command('end'))
    .description('End a session of a running gateway, with its subscriptions and what waits in it.')
    .argument('<session>', 'its client id, as `waystation clients sessions` names it')
    .option('--yes', 'do not ask')
    .action(async (client: string, _: EndOptions, command: Command) =>
      (await import('./end-session.ts')).endSession(client, command.optsWithGlobals()),
    );
}

/** The options that `clients` has too are read by it, wherever they stand: each action takes those of both. */
function addAccountCommands(clients: Command): void {
  withAccountOptions(clients.command('list'))
    .description('List all accounts with their rights, whether a gateway runs or not.')
    .action(async (_: ClientsOptions, command: Command) =>
      (await import('./list-clients.ts')).listClients(command.optsWithGlobals()),
    );
  withAccountOptions(clients.command('add'))
    .description('Make an account, and print the token that logs in to it: once, on standard output.')
    .argument('<name>', 'its user name')
    .option('--publish <filter>', `topic filter that it may publish on; \${username} stands for its name`, collect)
    .option('--subscribe <filter>', 'topic filter that it may subscribe to', collect)
    .option('--deny-subscribe <filter>', 'topic filter withheld from those', collect)
    .option('--admin', 'may subscribe to $SYS/#')
    .addHelpText('after', EACH_FILTER)
    .action(async (name: string, _: AddOptions, command: Command) =>
      (await import('./change-account.ts')).addClient(name, command.optsWithGlobals()),
    );
  const set = withAccountOptions(clients.command('set'))
    .description('Give an account other rights; its token stays, and its clients stay connected.')
    .argument('<name>', 'the account, as `waystation clients list` names it')
    .option('--publish <filter>', 'in place of all that it may publish on', collect)
    .option('--no-publish', 'may publish nothing')
    .option('--subscribe <filter>', 'in place of all that it may subscribe to', collect)
    .option('--no-subscribe', 'may subscribe to nothing')
    .option('--deny-subscribe <filter>', 'in place of all that is withheld from those', collect)
    .option('--no-deny-subscribe', 'nothing is withheld')
    .option('--admin', 'may subscribe to $SYS/#')
    .option('--no-admin', 'may not')
    .addHelpText('after', `${EACH_FILTER}\nWhat is not named stays as it is.`)
    .action(async (name: string, _: SetOptions, command: Command) =>
      (await import('./change-account.ts')).setClient(name, command.optsWithGlobals()),
    );
  for (const right of ['publish', 'subscribe', 'deny-subscribe', 'admin']) refuseBoth(set, right);
  withAccountOptions(clients.command('rotate'))
    .description('Give an account a new token in place of the one before; its clients are disconnected.')
    .argument('<name>', 'the account, as `waystation clients list` names it')
    .action(async (name: string, _: ClientsOptions, command: Command) =>
      (await import('./change-account.ts')).rotateClient(name, command.optsWithGlobals()),
    );
  withAccountOptions(clients.command('revoke'))
    .description('End an account: its clients are disconnected, its sessions and what they hold are gone.')
    .argument('<name>', 'the account, as `waystation clients list` names it')
    .action(async (name: string, _: ClientsOptions, command: Command) =>
      (await import('./change-account.ts')).revokeClient(name, command.optsWithGlobals()),
    );
}

const EACH_FILTER = '\nEach filter has an option of its own, in single quotation marks.';

/** An option and its `--no-` say the opposite: which of them is meant nobody can tell. */
function refuseBoth(command: Command, right: string): void {
  let given: string | undefined;
  for (const name of [right, `no-${right}`]) {
    command.on(`option:${name}`, () => {
      if (given !== undefined && given !== name)
        command.error(`error: --${right} and --no-${right} exclude each other`);
      given = name;
    });
  }
}

/** Of an option that may be given again. */
function collect(value: string, before: readonly string[] | false = []): readonly string[] {
  return [...(before || []), value];
}

function withAccountOptions(command: Command): Command {
  return withGatewayOptions(command).option('--json', 'one line of JSON');
}
