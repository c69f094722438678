import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { constants, setPriority } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Secret } from '#gateway/model/secret.ts';
import { type ChildMessage, MAX_TEXT_LENGTH, parseChildMessage } from './child-message.ts';
import type { RulesFolder } from './rules-folder.ts';

/** How Node-RED is started. */
export interface NodeRedOptions {
  readonly folder: RulesFolder;
  /** Nodes and flows that come with the gateway. */
  readonly flowsFolder: string;
  /** Of the editor and its API, on 127.0.0.1. */
  readonly port: number;
  readonly maxHeapMiB: number;
  /** The broker, as the flows reach it. */
  readonly broker: RulesBroker;
  readonly isSafe: boolean;
  readonly onMessage: (message: ChildMessage) => void;
  /** Once, when the process is gone. */
  readonly onExit: (how: string, lastLines: readonly string[]) => void;
}

/** Where rules publish and subscribe, and as whom. */
export interface RulesBroker {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: Secret;
}

/** A running Node-RED. */
export interface NodeRedProcess {
  readonly pid: number;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
}

const SETTINGS_FILE = fileURLToPath(new URL('child-settings.ts', import.meta.url));
/** Lines of its outputs that are kept for when it ends: what Node-RED logs comes as messages instead. */
const MAX_LAST_LINES = 12;

/** Starts Node-RED under Node's permission model: it reads code and its own folder, writes there, and starts nothing. */
export function startNodeRed(options: NodeRedOptions): NodeRedProcess {
  const { folder, isSafe } = options;
  const program = fileURLToPath(import.meta.resolve('node-red/red.js'));
  const readable = [dirname(dirname(program)), codeFolder(), options.flowsFolder, folder.userDir];
  const args = [
    '--permission',
    ...readable.map((path) => `--allow-fs-read=${path}`),
    `--allow-fs-write=${folder.userDir}`,
    `--max-old-space-size=${options.maxHeapMiB}`,
    program,
    ...['--userDir', folder.userDir, '--settings', SETTINGS_FILE],
    ...(isSafe ? ['--safe'] : []),
  ];
  const child = spawn(process.execPath, args, {
    cwd: folder.userDir,
    env: environment(options),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  yieldToGateway(child.pid);
  child.on('message', (value) => {
    const message = parseChildMessage(value);
    if (message !== undefined) options.onMessage(message);
  });
  reportExit(child, options.onExit);
  return {
    pid: child.pid ?? 0,
    kill: (signal) => {
      child.kill(signal);
    },
  };
}

/** A rule that takes all it can get takes what the gateway leaves. */
function yieldToGateway(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended already, which is told by its end; or the system knows no priorities.
  }
}

/** The code of the gateway: the settings file is part of it. */
function codeFolder(): string {
  return dirname(dirname(SETTINGS_FILE));
}

/** Composed from nothing: what the gateway was started with is no business of a rule. */
function environment(options: NodeRedOptions): Record<string, string> {
  const { broker, folder } = options;
  const timeZone = process.env['TZ'];
  return {
    HOME: folder.userDir,
    NODE_ENV: 'production',
    ...(timeZone === undefined ? {} : { TZ: timeZone }),
    WAYSTATION_MQTT_HOST: broker.host,
    WAYSTATION_MQTT_PORT: String(broker.port),
    WAYSTATION_MQTT_USER: broker.username,
    WAYSTATION_MQTT_PASSWORD: broker.password.reveal(),
    WAYSTATION_RULES_PORT: String(options.port),
    WAYSTATION_FLOWS_FOLDER: options.flowsFolder,
    WAYSTATION_CREDENTIAL_SECRET: folder.credentialSecret.reveal(),
    WAYSTATION_ADMIN_TOKEN_SHA256: createHash('sha256').update(folder.adminToken.reveal()).digest('hex'),
  };
}

function reportExit(child: ChildProcess, onExit: NodeRedOptions['onExit']): void {
  const lastLines: string[] = [];
  const keep = (line: string) => {
    lastLines.push(line.slice(0, MAX_TEXT_LENGTH));
    if (lastLines.length > MAX_LAST_LINES) lastLines.shift();
  };
  for (const output of [child.stdout, child.stderr]) readLines(output, keep);
  const { promise: gone, resolve } = Promise.withResolvers<string>();
  child.once('error', (error) => resolve(error.message));
  child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  void gone.then((how) => onExit(how, lastLines));
}

/** @param input missing where the process could not be started */
function readLines(input: Readable | null | undefined, onLine: (line: string) => void): void {
  if (input) createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }).on('line', onLine);
}

/** Where the flows lie that come with the gateway. */
export const SHIPPED_FLOWS = join(dirname(codeFolder()), 'flows');
