import type { Command } from 'commander';
import type { ExplainOptions } from './explain-sink.ts';
import type { ForgetOptions } from './forget-sink.ts';
import { DEFAULT_CONFIG_FILE, findDataDir, type GatewayOptions, withGatewayOptions } from './gateway-options.ts';
import { parsePlace } from './journal/read-range.ts';
import type { TestFilterOptions } from './sinks/test-filter.ts';

const TEST_FILTER_HELP = `
A place is a sequence, a time (2026-03-01T12:00:00Z; UTC unless it says otherwise), or -90s, -15m, -1h, -2d. Another filter is
tried from a copy of the configuration, on the journal of the gateway that runs.`;

/** Adds `sinks list`, `sinks explain`, `sinks test-filter`, `sinks forget` and `sinks retry`. */
export function addSinksCommands(program: Command): void {
  const sinks = program.command('sinks').description('Look at the sinks, and act on them.');
  withGatewayOptions(sinks.command('list'))
    .description(
      'List how far every sink has come, also those that are not configured any more; of a running gateway, or of a folder or a copy of it.',
    )
    .option('--json', 'one line of JSON')
    .action(async (options: GatewayOptions & { readonly json?: true }) =>
      (await import('./list-sinks.ts')).listSinks(options),
    );
  sinks
    .command('explain')
    .description(
      'Tell what a sink goes by, and why; of a hub also what it granted to the gateway that runs, and which of the two is in effect.',
    )
    .argument('<id>', 'the sink, as the configuration names it')
    .option('-c, --config <file>', 'configuration file of the gateway', DEFAULT_CONFIG_FILE)
    .option('--json', 'one line of JSON')
    .action(async (id: string, options: ExplainOptions) =>
      (await import('./explain-sink.ts')).explainSink(id, options),
    );
  withGatewayOptions(sinks.command('test-filter'))
    .description(
      'Tell what the filter of a sink would forward of what the journal holds, and what that costs. Nothing is sent.',
    )
    .argument('<id>', 'the sink, as the configuration names it')
    .option('-s, --stream <id>', 'one stream alone; all lanes of the sink unless stated')
    .option('--from <place>', 'first record', parsePlace)
    .option('--to <place>', 'last record', parsePlace)
    .option('--json', 'one line of JSON, with every topic')
    .addHelpText('after', TEST_FILTER_HELP)
    .action(async (id: string, options: TestFilterOptions) =>
      (await import('./sinks/test-filter.ts')).testFilter(id, options),
    );
  withGatewayOptions(sinks.command('forget'))
    .description('Give up what a sink has not had that is not configured any more.')
    .argument('<id>', 'the sink, as `waystation sinks list` lists it')
    .option('--yes', 'do not ask')
    .action(async (id: string, options: ForgetOptions) => (await import('./forget-sink.ts')).forgetSink(id, options));
  withGatewayOptions(sinks.command('retry'))
    .description('Let a sink that is waiting or paused try at once, not at the end of its delay.')
    .argument('<id>', 'the sink, as `waystation sinks list` lists it')
    .action(async (id: string, options: GatewayOptions) => {
      const { askGateway } = await import('#gateway/host/ask-gateway.ts');
      await askGateway(await findDataDir(options), 'retrySink', { params: { id } });
      process.stdout.write(`${id}: trying now\n`);
    });
}
