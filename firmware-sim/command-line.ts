import { parseArgs } from 'node:util';
import type { HubOptions } from './hub-program.ts';
import type { PlaybackSpeed } from './playback/piece.ts';
import type { SimOptions } from './sim/sim-program.ts';
import type { VehicleOptions } from './vehicle-program.ts';

/** What to run. */
export type Invocation =
  | { readonly program: 'vehicle'; readonly options: VehicleOptions }
  | { readonly program: 'hub'; readonly options: HubOptions }
  | { readonly program: 'sim'; readonly options: SimOptions }
  | { readonly program: 'help'; readonly text: string };

/** The command line cannot be understood: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** How to call this program. */
export const USAGE = `Usage:
  node firmware-sim/main.ts vehicle --dir DIR --broker URL --sensor-username USER --sensor-password-file FILE
                                    [--scenario FILE] [--gnss FILE] [--can FILE] [--speed 1|10|max]
  node firmware-sim/main.ts hub --dir DIR --port PORT [--username USER --password-file FILE]
  npm run sim -- [SCENARIO] [options]; --help explains them`;

/** How to call `sim`: printed for `--help`, and below a mistake. */
export const SIM_USAGE = `Usage: npm run sim -- [SCENARIO] [options]

SCENARIO is a name or a file; without one the scenarios that come along are listed. The ports are there until Ctrl-C.

  --dir DIR      make the links to the ports in DIR/serial/by-id (default: a temporary folder)
  --seed N       chance: the same seed makes the same errors (default 1)
  --seconds N    end after that time
  --log FILE     also write what the receivers send, byte for byte; of a CAN adapter the log of its bus
  --ledger FILE  also write what was true and what was said, in JSON lines
  --steps        also take steps from standard input as they come, a JSON line each: {"do": "unplug", "port": "gnss"}
  --fast         no ports and no waiting, only the files; needs --log and --seconds
  --json         events as JSON lines
  -h, --help     this text`;

/**
 * @param args without the interpreter and the script
 * @throws UsageError naming what is missing or wrong
 */
export function parseCommandLine(args: readonly string[]): Invocation {
  const [program, ...rest] = args;
  if (program === 'vehicle') return { program, options: parseVehicleOptions(rest) };
  if (program === 'hub') return { program, options: parseHubOptions(rest) };
  if (program === 'sim' && (rest.includes('--help') || rest.includes('-h')))
    return { program: 'help', text: SIM_USAGE };
  if (program === 'sim') return { program, options: parseSimOptions(rest) };
  throw new UsageError(program === undefined ? 'vehicle, hub or sim?' : `unknown program: ${program}`);
}

function parseVehicleOptions(args: readonly string[]): VehicleOptions {
  const values = readOptions(args, VEHICLE_OPTIONS);
  const { scenario, gnss, can } = values;
  return {
    dir: required(values, 'dir'),
    brokerUrl: parseBrokerUrl(required(values, 'broker')),
    sensorUsername: required(values, 'sensor-username'),
    sensorPasswordFile: required(values, 'sensor-password-file'),
    speed: parseSpeed(values['speed'] ?? '1'),
    ...(scenario === undefined ? {} : { scenarioFile: scenario }),
    ...(gnss === undefined ? {} : { gnssFile: gnss }),
    ...(can === undefined ? {} : { canFile: can }),
  };
}

function parseHubOptions(args: readonly string[]): HubOptions {
  const values = readOptions(args, HUB_OPTIONS);
  const username = values['username'];
  const passwordFile = values['password-file'];
  if ((username === undefined) !== (passwordFile === undefined)) {
    throw new UsageError('--username and --password-file belong together');
  }
  const login = username === undefined || passwordFile === undefined ? {} : { login: { username, passwordFile } };
  return { dir: required(values, 'dir'), port: parsePort(required(values, 'port')), ...login };
}

function parseSimOptions(args: readonly string[]): SimOptions {
  const { positionals, values } = parseSimArguments(args);
  const [scenario, ...others] = positionals;
  if (others.length > 0) throw new UsageError(`one scenario, not ${positionals.length}`);
  const {
    dir,
    log: logFile,
    ledger: ledgerFile,
    fast: isFast = false,
    json: isJson = false,
    steps: takesSteps = false,
  } = values;
  const seconds = values.seconds === undefined ? undefined : parseNumber('seconds', values.seconds, MAX_SECONDS);
  if (isFast && (seconds === undefined || logFile === undefined))
    throw new UsageError('--fast needs --log and --seconds');
  if (isFast && dir !== undefined) throw new UsageError('--fast makes no ports: --dir has no place there');
  if (isFast && takesSteps) throw new UsageError('--fast does not wait: --steps has no place there');
  return {
    ...{ seed: parseNumber('seed', values.seed ?? '1', MAX_SEED), isFast, isJson, takesSteps },
    ...(scenario === undefined ? {} : { scenario }),
    ...(dir === undefined ? {} : { dir }),
    ...(logFile === undefined ? {} : { logFile }),
    ...(ledgerFile === undefined ? {} : { ledgerFile }),
    ...(seconds === undefined ? {} : { seconds }),
  };
}

const MAX_SEED = 2 ** 32 - 1;
const MAX_SECONDS = 10 ** 7;

function parseSimArguments(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = {
    dir: text,
    seed: text,
    seconds: text,
    log: text,
    ledger: text,
    fast: flag,
    json: flag,
    steps: flag,
  };
  try {
    return parseArgs({ args: joinNegatives(args), options, strict: true, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** `--seconds -5` as `--seconds=-5`: the range is what is wrong, not the dash. */
function joinNegatives(args: readonly string[]): string[] {
  return args.flatMap((arg, index) => {
    if (/^-\d/.test(arg) && isNumberOption(args[index - 1])) return [];
    const next = args[index + 1] ?? '';
    return isNumberOption(arg) && /^-\d/.test(next) ? [`${arg}=${next}`] : [arg];
  });
}

function isNumberOption(arg: string | undefined): boolean {
  return arg === '--seconds' || arg === '--seed';
}

function parseNumber(name: string, text: string, max: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= max)) throw new UsageError(`--${name} ${text}: a whole number, 0 to ${max}`);
  return value;
}

const VEHICLE_OPTIONS = [
  'dir',
  'broker',
  'sensor-username',
  'sensor-password-file',
  'scenario',
  'gnss',
  'can',
  'speed',
];
const HUB_OPTIONS = ['dir', 'port', 'username', 'password-file'];

type OptionValues = Readonly<Record<string, string | undefined>>;

function readOptions(args: readonly string[], names: readonly string[]): OptionValues {
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function required(values: OptionValues, name: string): string {
  const value = values[name];
  if (value === undefined || value === '') throw new UsageError(`--${name} is missing`);
  return value;
}

function parseSpeed(text: string): PlaybackSpeed {
  if (text === '1') return 1;
  if (text === '10') return 10;
  if (text === 'max') return 'max';
  throw new UsageError(`--speed ${text}: 1, 10 or max`);
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new UsageError(`--port ${text}: 0 to 65535`);
  return port;
}

function parseBrokerUrl(text: string): string {
  if (!URL.canParse(text) || new URL(text).protocol !== 'mqtt:')
    throw new UsageError(`--broker ${text}: mqtt://host:port`);
  return text;
}
