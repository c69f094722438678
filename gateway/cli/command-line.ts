/**
 * The `waystation` command: parses its arguments, runs one command, and turns what went wrong into a message with its remedy.
 *
 * It never opens a journal for writing or talks to the network; what is running is asked over its Unix socket.
 * Start reading here; each command has a file, and loads what it needs only when it runs, so that `status` starts fast.
 */
import { Command, CommanderError } from 'commander';
import { WaystationError } from '#gateway/model/errors.ts';
import { addAuditCommands } from './audit-commands.ts';
import { addCertificatesCommands } from './certificates-commands.ts';
import { addClientsCommands } from './clients/clients-commands.ts';
import { addConfigCommands } from './config-commands.ts';
import { addDbcCommands } from './dbc/dbc-commands.ts';
import { addDeadLettersCommands } from './dead-letters/dead-letters-commands.ts';
import { addDevicesCommands } from './devices/devices-commands.ts';
import { addExamples } from './examples.ts';
import { DEFAULT_CONFIG_FILE } from './gateway-options.ts';
import { addJournalCommands } from './journal/journal-commands.ts';
import { addLinksCommands } from './links-commands.ts';
import { addSinksCommands } from './sinks-commands.ts';
import { addStatusCommand } from './status-command.ts';
import { addUnpackCommand } from './unpack/unpack-command.ts';
import { readVersion } from './version.ts';

/** Runs a gateway until it is told to stop; handed in by `main.ts`, which alone may compose one. */
export type RunGateway = (configFile: string) => Promise<void>;

/** The operator's arguments were wrong. */
const USAGE_EXIT_CODE = 2;
const FAILED_EXIT_CODE = 1;

/**
 * @param args without the interpreter and the script
 * @returns the exit code: 0 done, 1 failed, 2 usage, or that of the error's code
 */
export async function runCommandLine(args: readonly string[], runGateway: RunGateway): Promise<number> {
  const program = await buildProgram(args, runGateway);
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
    process.stderr.write(describeFailure(error, program.opts()['debug'] === true));
    return error instanceof WaystationError ? error.exitCode : FAILED_EXIT_CODE;
  }
}

/** A command whose output finds no room ends with that error; one whose reader went away (`| head`) needs no word. */
export function endWhereOutputFails(): void {
  process.stdout.on('error', (cause: Error & { readonly code?: string }) => {
    if (cause.code === 'EPIPE') return;
    const error = new WaystationError('file.unwritable', `Writing to standard output: ${cause.message}`, { cause });
    process.stderr.write(describeFailure(error, false));
    process.exit(error.exitCode);
  });
}

/** Every command, with the help of those that `args` name. */
export async function buildProgram(args: readonly string[], runGateway: RunGateway): Promise<Command> {
  const program = new Command('waystation')
    .description('Edge gateway and MQTT event hub for vehicles and field hardware.')
    .version(readVersion(), '-V, --version')
    .option('--debug', 'print the stack of an error')
    .addHelpText('after', EXIT_CODES)
    .showHelpAfterError('remedy: Add --help to the command to see how it is used.')
    .exitOverride();
  program
    .command('run')
    .description('Run the gateway until SIGTERM or SIGINT.')
    .option('-c, --config <file>', 'configuration file', DEFAULT_CONFIG_FILE)
    .action(({ config }: { readonly config: string }) => runGateway(config));
  addStatusCommand(program);
  addDevicesCommands(program);
  addClientsCommands(program);
  addAuditCommands(program);
  addCertificatesCommands(program);
  addSinksCommands(program);
  addDeadLettersCommands(program);
  addLinksCommands(program);
  addConfigCommands(program);
  addJournalCommands(program);
  addDbcCommands(program);
  addUnpackCommand(program);
  const decode = program.command('decode').description('Decode recorded bytes.');
  if (args.includes('decode')) {
    const [gnss, ubx, can, slcan, obd, j1939] = await Promise.all([
      import('./decode/decode-gnss.ts'),
      import('./decode/decode-ubx.ts'),
      import('./decode/decode-can.ts'),
      import('./decode/decode-slcan.ts'),
      import('./decode/decode-obd.ts'),
      import('./decode/decode-j1939.ts'),
    ]);
    gnss.addDecodeGnss(decode);
    ubx.addDecodeUbx(decode);
    can.addDecodeCan(decode);
    slcan.addDecodeSlcan(decode);
    obd.addDecodeObd(decode);
    j1939.addDecodeJ1939(decode);
  }
  addExamples(program);
  return program;
}

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 used wrongly, 69 a needed service or file is unavailable, 73 dataDir is in use or not
writable, 78 the configuration is wrong.`;

/** What the operator reads: the message, the remedy, and the stack only when asked for. */
function describeFailure(error: unknown, isDebug: boolean): string {
  const message = error instanceof Error ? error.message : String(error);
  const remedy = error instanceof WaystationError ? `remedy: ${error.remedy}\n` : '';
  const stack = isDebug && error instanceof Error ? `${error.stack}\n` : '';
  return `error: ${message}\n${remedy}${stack}`;
}
