import type { Command } from 'commander';
import { type GatewayOptions, withGatewayOptions } from '#gateway/cli/gateway-options.ts';

interface ClientsOptions extends GatewayOptions {
  readonly live?: true;
  readonly json?: true;
}

/** Adds `clients --live`. */
export function addClientsCommands(program: Command): void {
  const clients = withGatewayOptions(program.command('clients'))
    .description('Look at the clients of the broker.')
    .option('--live', 'who is connected to a running gateway, and who left last')
    .option('--json', 'one line of JSON')
    .action(async (options: ClientsOptions) => {
      if (options.live !== true) return clients.help({ error: true });
      await (await import('./show-live.ts')).showLiveClients(options);
    });
}
