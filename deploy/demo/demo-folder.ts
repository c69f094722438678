import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fillGatewayConfig } from './gateway-config.ts';
import { addInfluxdbSink } from './influxd.ts';

/** The one folder that the demo writes to, and what is where in it. */
export interface DemoFolder {
  readonly dir: string;
  /** The gateway's `dataDir`. */
  readonly dataDir: string;
  /** Ledger and ports of the simulator. */
  readonly simDir: string;
  /** Where `influxd` keeps its data, if there is one. */
  readonly influxdDir: string;
  readonly configFile: string;
  readonly gatewayLog: string;
  readonly sensorPasswordFile: string;
  readonly hubPasswordFile: string;
  /** Made by the gateway. */
  readonly rulesPasswordFile: string;
}

/** What the configuration of the gateway takes from the command line. */
export interface ConfigChoices {
  readonly brokerPort: number;
  readonly hubPort: number;
  readonly rulesPort: number;
  readonly consolePort: number;
  readonly dbcFile: string;
  /** Of `influxd`; absent where it is not installed. */
  readonly influxdbPort?: number;
}

/** Its presence says that the folder is the demo's own. */
const MARKER = '.waystation-demo';
const MARKER_TEXT = 'Everything in this folder was made by the Waystation demo and can be deleted.\n';
/** What `--fresh` removes; nothing else in the folder is touched. */
const MADE_BY_DEMO = ['data', 'sim', 'influxd', 'secrets', 'waystation.yaml', 'gateway.log'];

/** Names every path; touches nothing. */
export function demoFolder(dir: string): DemoFolder {
  return {
    dir,
    dataDir: join(dir, 'data'),
    simDir: join(dir, 'sim'),
    influxdDir: join(dir, 'influxd'),
    configFile: join(dir, 'waystation.yaml'),
    gatewayLog: join(dir, 'gateway.log'),
    sensorPasswordFile: join(dir, 'secrets', 'tyre-monitor'),
    hubPasswordFile: join(dir, 'secrets', 'hub'),
    rulesPasswordFile: join(dir, 'data', 'rules', 'admin-password'),
  };
}

/** @returns why the folder must not be used, if it must not: it holds something that the demo did not make */
export function folderProblem(folder: DemoFolder): string | undefined {
  if (!existsSync(folder.dir) || existsSync(join(folder.dir, MARKER))) return undefined;
  try {
    if (readdirSync(folder.dir).length === 0) return undefined;
  } catch {
    return `${folder.dir} is not a folder.`;
  }
  return `${folder.dir} holds files that the demo did not make. Choose a new or empty folder with --dir.`;
}

/** Whether an earlier run left a journal to go on with. */
export function hasEarlierRun(folder: DemoFolder): boolean {
  return existsSync(join(folder.dataDir, 'journal'));
}

/**
 * Makes the folder ready for a run: emptied if asked, with secrets and the gateway's configuration.
 *
 * @throws FolderError when something there cannot be written
 */
export function prepareFolder(folder: DemoFolder, isFresh: boolean, choices: ConfigChoices): void {
  try {
    fillFolder(folder, isFresh, choices);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `The folder ${folder.dir} cannot be used: ${reason}. Choose a folder of yours with --dir.`;
    throw new FolderError(message, { cause });
  }
}

/** The demo's folder cannot be made or written; the message says why in one sentence, and what to do. */
export class FolderError extends Error {
  override readonly name = 'FolderError';
}

function fillFolder(folder: DemoFolder, isFresh: boolean, choices: ConfigChoices): void {
  if (isFresh) {
    for (const name of MADE_BY_DEMO) rmSync(join(folder.dir, name), { recursive: true, force: true });
  }
  makeFolder(folder.simDir);
  writeFileSync(join(folder.dir, MARKER), MARKER_TEXT);
  makeFolder(join(folder.dir, 'secrets'), 0o700);
  for (const file of [folder.sensorPasswordFile, folder.hubPasswordFile]) {
    if (!existsSync(file)) writeFileSync(file, `${randomBytes(18).toString('base64url')}\n`, { mode: 0o600 });
  }
  const template = readFileSync(new URL('waystation.template.yaml', import.meta.url), 'utf8');
  const ports = join(folder.simDir, 'serial', 'by-id');
  const config = fillGatewayConfig(template, {
    dataDir: folder.dataDir,
    sensorPasswordFile: folder.sensorPasswordFile,
    hubPasswordFile: folder.hubPasswordFile,
    gnssPath: join(ports, 'usb-Waystation_Simulated_GNSS-if00'),
    canPath: join(ports, 'usb-Waystation_Simulated_SLCAN-if00'),
    ...choices,
  });
  const { influxdbPort } = choices;
  writeFileSync(folder.configFile, influxdbPort === undefined ? config : addInfluxdbSink(config, influxdbPort));
  putFlow(join(folder.dataDir, 'rules', 'node-red'));
}

/** Level by level: the recursive `mkdirSync` never returns where a folder says that its own parent is missing, as in `/proc`. */
function makeFolder(dir: string, mode = 0o777): void {
  if (existsSync(dir)) return;
  makeFolder(dirname(dir));
  mkdirSync(dir, { mode });
}

/** The simulated vehicle keeps to 50 km/h: so that the rule has something to say, its limit is set below that. */
const DEMO_LIMIT_KMH = 40;

/** The shipped flow with the limit of the demo, where the gateway keeps flows; one that is there is the user's. */
function putFlow(userDir: string): void {
  const file = join(userDir, 'flows.json');
  if (existsSync(file)) return;
  const shipped = readFileSync(new URL('../../flows/overspeed/flow.json', import.meta.url), 'utf8');
  makeFolder(userDir, 0o700);
  writeFileSync(file, shipped.replace(/"limitKmh": \d+/, `"limitKmh": ${DEMO_LIMIT_KMH}`), { mode: 0o600 });
}
