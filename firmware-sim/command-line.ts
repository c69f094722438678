import { parseArgs } from 'node:util';
import type { HubOptions } from './hub-program.ts';
import type { PlaybackSpeed } from './playback/piece.ts';
import type { VehicleOptions } from './vehicle-program.ts';

/** What to run. */
export type Invocation =
  | { readonly program: 'vehicle'; readonly options: VehicleOptions }
  | { readonly program: 'hub'; readonly options: HubOptions };

/** The command line cannot be understood: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** How to call this program. */
export const USAGE = `Usage:
  node firmware-sim/main.ts vehicle --dir DIR --broker URL --sensor-username USER --sensor-password-file FILE
                                    [--scenario FILE] [--gnss FILE] [--can FILE] [--speed 1|10|max]
  node firmware-sim/main.ts hub --dir DIR --port PORT [--username USER --password-file FILE]`;

/**
 * @param args without the interpreter and the script
 * @throws UsageError naming what is missing or wrong
 */
export function parseCommandLine(args: readonly string[]): Invocation {
  const [program, ...rest] = args;
  if (program === 'vehicle') return { program, options: parseVehicleOptions(rest) };
  if (program === 'hub') return { program, options: parseHubOptions(rest) };
  throw new UsageError(program === undefined ? 'vehicle or hub?' : `unknown program: ${program}`);
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
