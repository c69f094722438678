import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillGatewayConfig } from './gateway-config.ts';

/** The one folder that the demo writes to, and what is where in it. */
export interface DemoFolder {
  readonly dir: string;
  /** The gateway's `dataDir`. */
  readonly dataDir: string;
  /** Ledger and ports of the simulator. */
  readonly simDir: string;
  readonly configFile: string;
  readonly gatewayLog: string;
  readonly sensorPasswordFile: string;
  readonly hubPasswordFile: string;
}

/** What the configuration of the gateway takes from the command line. */
export interface ConfigChoices {
  readonly brokerPort: number;
  readonly hubPort: number;
  readonly consolePort: number;
  readonly dbcFile: string;
}

/** Its presence says that the folder is the demo's own. */
const MARKER = '.waystation-demo';
const MARKER_TEXT = 'Everything in this folder was made by the Waystation demo and can be deleted.\n';
/** What `--fresh` removes; nothing else in the folder is touched. */
const MADE_BY_DEMO = ['data', 'sim', 'secrets', 'waystation.yaml', 'gateway.log'];

/** Names every path; touches nothing. */
export function demoFolder(dir: string): DemoFolder {
  return {
    dir,
    dataDir: join(dir, 'data'),
    simDir: join(dir, 'sim'),
    configFile: join(dir, 'waystation.yaml'),
    gatewayLog: join(dir, 'gateway.log'),
    sensorPasswordFile: join(dir, 'secrets', 'tyre-monitor'),
    hubPasswordFile: join(dir, 'secrets', 'hub'),
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
  return existsSync(folder.dataDir);
}

/** Makes the folder ready for a run: emptied if asked, with secrets and the gateway's configuration. */
export function prepareFolder(folder: DemoFolder, isFresh: boolean, choices: ConfigChoices): void {
  if (isFresh) {
    for (const name of MADE_BY_DEMO) rmSync(join(folder.dir, name), { recursive: true, force: true });
  }
  mkdirSync(folder.simDir, { recursive: true });
  writeFileSync(join(folder.dir, MARKER), MARKER_TEXT);
  mkdirSync(join(folder.dir, 'secrets'), { recursive: true, mode: 0o700 });
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
  writeFileSync(folder.configFile, config);
}
