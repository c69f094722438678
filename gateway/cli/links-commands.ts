import { Argument, type Command, InvalidArgumentError } from 'commander';
import type { LinkStatus } from '#gateway/model/link-status.ts';
import type { GatewayStatus } from '#gateway/model/status.ts';
import { formatLinks } from './format-links.ts';
import { findDataDir, type GatewayOptions, withGatewayOptions } from './gateway-options.ts';
import { parseDuration } from './parse-duration.ts';

interface ModeOptions extends GatewayOptions {
  readonly for?: number;
}

/** Adds `links` and `links mode`. */
export function addLinksCommands(program: Command): void {
  const links = withGatewayOptions(program.command('links'))
    .description('Show what went over the links of a running gateway, against their budgets.')
    .option('--json', 'one line of JSON')
    .action(showLinks);
  withGatewayOptions(links.command('mode'))
    .description('Say how a link is to be used from now on, also after a restart.')
    .argument('<id>', 'the link, as `waystation links` lists it')
    .addArgument(
      new Argument('<mode>', 'auto: as its schedule and the configuration say').choices([
        'normal',
        'metered',
        'off',
        'auto',
      ]),
    )
    .option('--for <duration>', 'for so long only, such as 90s, 5m, 2h or 7d', parseModeDuration)
    .action(setMode);
}

async function showLinks(options: GatewayOptions & { readonly json?: true }): Promise<void> {
  const { askGateway } = await import('#gateway/host/ask-gateway.ts');
  // The gateway on the socket is of this installation, and its type checker has seen that it answers so.
  const { links = [] } = (await askGateway(await findDataDir(options), 'status')) as GatewayStatus;
  if (options.json === true) process.stdout.write(`${JSON.stringify(links)}\n`);
  else process.stdout.write(links.length === 0 ? 'No links are configured.\n' : `${formatLinks(links)}\n`);
}

/** Options that `links` has as well are given to it, wherever they stand. */
async function setMode(id: string, mode: string, options: ModeOptions, command: Command): Promise<void> {
  const { askGateway } = await import('#gateway/host/ask-gateway.ts');
  const dataDir = await findDataDir(command.optsWithGlobals<GatewayOptions>());
  const forMs = options.for;
  const params = { link: id, mode, ...(forMs === undefined ? {} : { forMs }) };
  // As above.
  const status = (await askGateway(dataDir, 'links.setMode', { params })) as LinkStatus;
  process.stdout.write(`${formatLinks([status])}\n`);
}

/** @returns milliseconds */
function parseModeDuration(text: string): number {
  const forMs = parseDuration(text);
  if (forMs >= MIN_MODE_MS && forMs <= MAX_MODE_MS) return forMs;
  throw new InvalidArgumentError('Expected 1s at least and 366d at most.');
}

const MIN_MODE_MS = 1000;
const MAX_MODE_MS = 366 * 86_400_000;
