import type { Command } from 'commander';
import type { ExplainOptions } from './explain-sink.ts';
import type { ForgetOptions } from './forget-sink.ts';
import { DEFAULT_CONFIG_FILE, findDataDir, type GatewayOptions, withGatewayOptions } from './gateway-options.ts';

/** Adds `sinks list`, `sinks explain`, `sinks forget` and `sinks retry`. */
export function addSinksCommands(program: Command): void {
  const sinks = program.command('sinks').description('Look at the sinks, and act on them.');
  withGatewayOptions(sinks.command('list'))
    .description('How far every sink has come, also those that are not configured any more.')
    .option('--json', 'one line of JSON')
    .action(async (options: GatewayOptions & { readonly json?: true }) =>
      (await import('./list-sinks.ts')).listSinks(options),
    );
  sinks
    .command('explain')
    .description('What a hub sink goes by, and why: what is configured, and what its kind of hub takes.')
    .argument('<id>', 'the sink, as the configuration names it')
    .option('-c, --config <file>', 'configuration file of the gateway', DEFAULT_CONFIG_FILE)
    .option('--json', 'one line of JSON')
    .action(async (id: string, options: ExplainOptions) =>
      (await import('./explain-sink.ts')).explainSink(id, options),
    );
  withGatewayOptions(sinks.command('forget'))
    .description('Give up what a sink has not had that is not configured any more.')
    .argument('<id>', 'the sink, as `waystation sinks list` names it')
    .option('--yes', 'do not ask')
    .action(async (id: string, options: ForgetOptions) => (await import('./forget-sink.ts')).forgetSink(id, options));
  withGatewayOptions(sinks.command('retry'))
    .description('Let a sink that is waiting or paused try at once, not at the end of its delay.')
    .argument('<id>', 'the sink, as `waystation status` lists it')
    .action(async (id: string, options: GatewayOptions) => {
      const { askGateway } = await import('#gateway/host/ask-gateway.ts');
      await askGateway(await findDataDir(options), 'retrySink', { params: { id } });
      process.stdout.write(`${id}: trying now\n`);
    });
}
