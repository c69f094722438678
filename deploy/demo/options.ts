import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { nearestName } from './nearest-name.ts';

/** What the demo was asked to do. Paths are absolute. */
export interface DemoOptions {
  readonly isFresh: boolean;
  readonly dir: string;
  readonly brokerPort: number;
  readonly hubPort: number;
  readonly influxdbPort: number;
  readonly rulesPort: number;
  readonly consolePort: number;
  readonly speed: PlaybackSpeed;
  /** Files of the user: a raw serial capture, a `candump -l` log, the DBC that decodes it, a scenario for the live vehicle. */
  readonly gnss?: string;
  readonly can?: string;
  readonly dbc?: string;
  readonly scenario?: string;
}

/** How fast a recording is played, as a multiple of real time. */
export type PlaybackSpeed = (typeof SPEEDS)[number];

/** Either options, or what is to be printed instead of running. */
export type ParsedOptions =
  | { readonly kind: 'run'; readonly options: DemoOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'usage'; readonly problem: string };

const SPEEDS = ['1', '10', 'max'] as const;
const DEFAULT_BROKER_PORT = 18_830;
const DEFAULT_HUB_PORT = 18_840;
const DEFAULT_INFLUXDB_PORT = 18_086;
const DEFAULT_RULES_PORT = 18_880;
const DEFAULT_CONSOLE_PORT = 18_881;

/** Printed for `--help`, and below a usage error. */
export const USAGE = `Usage: npm start -- [options]

  --fresh            begin anew: forget the journal and the ledger of earlier runs
  --gnss FILE        play a raw serial capture of a GNSS receiver in place of the simulated one
  --can FILE         play a candump -l log in place of the simulated CAN bus
  --dbc FILE         decode CAN frames with this DBC
  --speed 1|10|max   how fast recordings are played (default 1)
  --scenario FILE    drive this scenario
  --broker-port N    port of the gateway's MQTT listener (default ${DEFAULT_BROKER_PORT})
  --hub-port N       port of the stand-in hub (default ${DEFAULT_HUB_PORT})
  --influxdb-port N  port of InfluxDB, where influxd is installed (default ${DEFAULT_INFLUXDB_PORT})
  --rules-port N     port of the rules editor (default ${DEFAULT_RULES_PORT})
  --console-port N   port of the gateway's web console (default ${DEFAULT_CONSOLE_PORT})
  --dir DIR          where everything is kept (default var/demo)
  --help             this text`;

/**
 * Reads the command line of the demo.
 *
 * @param cwd what relative paths of the user are relative to
 * @param defaultDir where state is kept unless `--dir` says otherwise
 */
export function parseDemoOptions(args: readonly string[], cwd: string, defaultDir: string): ParsedOptions {
  try {
    refuseUnknown(args);
    const { values } = parseArgs({ args: [...args], options: FLAGS, strict: true, allowPositionals: false });
    if (values.help) return { kind: 'help' };
    const isPlayback = values.gnss !== undefined || values.can !== undefined;
    if (values.dbc !== undefined && values.can === undefined) {
      throw new Error('--dbc decodes the frames of a recording: name one with --can FILE');
    }
    if (values.speed !== undefined && !isPlayback) {
      throw new Error('--speed is that of a recording: name one with --gnss FILE or --can FILE');
    }
    const path = (name: 'gnss' | 'can' | 'dbc' | 'scenario') => {
      const value = values[name];
      return value === undefined ? {} : { [name]: resolve(cwd, value) };
    };
    const options: DemoOptions = {
      isFresh: values.fresh ?? false,
      dir: values.dir === undefined ? defaultDir : resolve(cwd, values.dir),
      brokerPort: parsePort('--broker-port', values['broker-port'], DEFAULT_BROKER_PORT),
      hubPort: parsePort('--hub-port', values['hub-port'], DEFAULT_HUB_PORT),
      influxdbPort: parsePort('--influxdb-port', values['influxdb-port'], DEFAULT_INFLUXDB_PORT),
      rulesPort: parsePort('--rules-port', values['rules-port'], DEFAULT_RULES_PORT),
      consolePort: parsePort('--console-port', values['console-port'], DEFAULT_CONSOLE_PORT),
      speed: parseSpeed(values.speed ?? '1'),
      ...path('gnss'),
      ...path('can'),
      ...path('dbc'),
      ...path('scenario'),
    };
    const { brokerPort, hubPort, influxdbPort, rulesPort, consolePort } = options;
    if (new Set([brokerPort, hubPort, influxdbPort, rulesPort, consolePort]).size < 5) {
      throw new Error('every part needs a port of its own: the ports must differ');
    }
    return { kind: 'run', options };
  } catch (error) {
    return { kind: 'usage', problem: error instanceof Error ? error.message : String(error) };
  }
}

const FLAGS = {
  fresh: { type: 'boolean' },
  help: { type: 'boolean' },
  gnss: { type: 'string' },
  can: { type: 'string' },
  dbc: { type: 'string' },
  scenario: { type: 'string' },
  speed: { type: 'string' },
  dir: { type: 'string' },
  'broker-port': { type: 'string' },
  'hub-port': { type: 'string' },
  'influxdb-port': { type: 'string' },
  'rules-port': { type: 'string' },
  'console-port': { type: 'string' },
} as const;

/** Says which option was probably meant; everything else is for `parseArgs` to refuse. */
function refuseUnknown(args: readonly string[]): void {
  const { tokens } = parseArgs({ args: [...args], options: FLAGS, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind !== 'option' || Object.hasOwn(FLAGS, token.name)) continue;
    const nearest = nearestName(token.name, Object.keys(FLAGS));
    throw new Error(`Unknown option ${token.rawName}${nearest === undefined ? '' : `; did you mean --${nearest}?`}`);
  }
}

function parsePort(flag: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new Error(`${flag} must be a port from 1 to 65535, not '${text}'`);
  return port;
}

function parseSpeed(text: string): PlaybackSpeed {
  const speed = SPEEDS.find((known) => known === text);
  if (speed === undefined) throw new Error(`--speed must be ${SPEEDS.join(', ')}, not '${text}'`);
  return speed;
}
