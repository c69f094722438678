import type { Command } from 'commander';
import { findDataDir, type GatewayOptions, withGatewayOptions } from './gateway-options.ts';

/** Adds `sinks retry`. */
export function addSinksCommands(program: Command): void {
  const sinks = program.command('sinks').description('Act on the sinks of a running gateway.');
  withGatewayOptions(sinks.command('retry'))
    .description('Let a sink that is waiting or paused try at once, not at the end of its delay.')
    .argument('<id>', 'the sink, as `waystation status` lists it')
    .action(async (id: string, options: GatewayOptions) => {
      const { askGateway } = await import('#gateway/host/ask-gateway.ts');
      await askGateway(await findDataDir(options), 'retrySink', { params: { id } });
      process.stdout.write(`${id}: trying now\n`);
    });
}
