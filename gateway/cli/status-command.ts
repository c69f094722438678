import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { WaystationError } from '#gateway/model/errors.ts';
import type { GatewayStatus } from '#gateway/model/status.ts';
import { formatStatus } from './format-status.ts';
import { findDataDir, type GatewayOptions, withGatewayOptions } from './gateway-options.ts';
import { parseDuration } from './parse-duration.ts';

const DEFAULT_INTERVAL_SECONDS = 2;
const MAX_INTERVAL_SECONDS = 86_400;
const DEFAULT_DRAIN_MS = 300_000;

interface StatusOptions extends GatewayOptions {
  readonly json?: true;
  readonly watch?: true;
  readonly interval: number;
  readonly waitDrained?: true;
  readonly timeout: number;
}

/** Adds `status`: one snapshot of a running gateway, or one per interval. */
export function addStatusCommand(program: Command): void {
  withGatewayOptions(program.command('status'))
    .description('Show what a running gateway does (exit code 69 when none runs).')
    .option('--json', 'one line of JSON')
    .option('--watch', 'again and again, over restarts of the gateway too')
    .option('--interval <seconds>', 'between two of --watch', parseInterval, DEFAULT_INTERVAL_SECONDS)
    .option(
      '--wait-drained',
      'wait until everything is committed and every sink has had it; exit code 1 if not in time',
    )
    .addOption(
      new Option('--timeout <duration>', 'of --wait-drained, such as 90s or 1h')
        .argParser(parseDuration)
        .default(DEFAULT_DRAIN_MS, '5m'),
    )
    .action(async (options: StatusOptions) => {
      if (options.waitDrained === true) return (await import('./wait-drained.ts')).waitDrained(options);
      return options.watch === true ? watchStatus(options) : showStatus(options);
    });
}

function parseInterval(text: string): number {
  const seconds = Number(text);
  if (seconds > 0 && seconds <= MAX_INTERVAL_SECONDS) return seconds;
  throw new InvalidArgumentError(`Expected seconds, more than 0 and at most ${MAX_INTERVAL_SECONDS}.`);
}

async function showStatus(options: StatusOptions): Promise<void> {
  const ask = await prepareToAsk(options);
  const status = await ask();
  process.stdout.write(options.json === true ? `${JSON.stringify(status)}\n` : formatStatus(status));
}

/** Ends only by a signal, or with the reader of its output. */
async function watchStatus(options: StatusOptions): Promise<never> {
  const ask = await prepareToAsk(options);
  process.stdout.on('error', () => process.exit());
  for (;;) {
    const text = options.json === true ? await snapshotLine(ask) : await snapshotText(ask);
    process.stdout.write(text);
    // Not the clock of the gateway: its timers keep no process alive, and here the wait is all there is.
    await sleep(options.interval * 1000);
  }
}

type AskStatus = () => Promise<GatewayStatus>;

async function prepareToAsk(options: StatusOptions): Promise<AskStatus> {
  const { askGateway } = await import('#gateway/host/ask-gateway.ts');
  const dataDir = await findDataDir(options);
  // The gateway on the socket is of this installation, and its type checker has seen that it answers so.
  return async () => (await askGateway(dataDir, 'status')) as GatewayStatus;
}

async function snapshotLine(ask: AskStatus): Promise<string> {
  try {
    return `${JSON.stringify(await ask())}\n`;
  } catch (error) {
    if (!(error instanceof WaystationError)) throw error;
    const { code, message, remedy } = error;
    return `${JSON.stringify({ error: { code, message, remedy } })}\n`;
  }
}

const CLEAR_SCREEN = '\x1b[H\x1b[2J';

async function snapshotText(ask: AskStatus): Promise<string> {
  const clear = process.stdout.isTTY ? CLEAR_SCREEN : '';
  try {
    return `${clear}${formatStatus(await ask())}\n`;
  } catch (error) {
    if (!(error instanceof WaystationError)) throw error;
    return `${clear}error: ${error.message}\n\n`;
  }
}
