/**
 * Node-RED's settings file. It runs inside the child process, under Node's permission model, and is the gateway's hand in there:
 * it sends the heartbeat and the log lines, and ends the process when the gateway is gone.
 *
 * What varies comes in the environment, which `node-red-process.ts` composes from nothing.
 *
 * @see https://nodered.org/docs/user-guide/runtime/configuration
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { systemClock } from '#gateway/runtime/clock.ts';
import type { ChildLogLevel, ChildMessage } from './child-message.ts';

/** How often the gateway hears that the event loop turns. */
const HEARTBEAT_MS = 1000;
/** Log lines passed on between two heartbeats; a rule that warns for every message is counted beyond that. */
const MAX_LINES_PER_HEARTBEAT = 20;

const credentialSecret = take('WAYSTATION_CREDENTIAL_SECRET');
const adminTokenHash = Buffer.from(take('WAYSTATION_ADMIN_TOKEN_SHA256'), 'hex');

/** What Node-RED starts with. */
const settings = {
  uiHost: '127.0.0.1',
  uiPort: Number(take('WAYSTATION_RULES_PORT')),
  credentialSecret,
  flowFile: 'flows.json',
  flowFilePretty: true,
  nodesDir: [take('WAYSTATION_FLOWS_FOLDER')],
  // No commands, no files, no sockets past the broker. What a function node can still do, Node's permission model bounds.
  nodesExcludes: ['90-exec.js', '10-file.js', '23-watch.js', '31-tcpin.js', '32-udp.js'],
  functionExternalModules: false,
  // Ends a synchronous endless loop when nobody is left to kill the process: only then does it see that the gateway is gone.
  globalFunctionTimeout: 5,
  externalModules: {
    palette: { allowInstall: false, allowUpload: false, allowUpdate: false },
    modules: { allowInstall: false },
  },
  // Nothing is served but the editor and its API.
  httpNodeRoot: false,
  httpStatic: false,
  telemetry: { enabled: false, updateNotification: false },
  httpAdminMiddleware: harden,
  diagnostics: { enabled: false, ui: false },
  tlsConfigDisableLocalFiles: true,
  debugMaxLength: 1000,
  mqttReconnectTime: 1000,
  editorTheme: { tours: false, page: { title: 'Waystation rules' } },
  adminAuth: {
    type: 'credentials',
    users: (username: string) => Promise.resolve(username === 'admin' ? ADMIN : null),
    authenticate: (username: unknown, password: unknown) =>
      Promise.resolve(username === 'admin' && isAdminToken(password) ? ADMIN : null),
    tokens: (token: string) => Promise.resolve(isAdminToken(token) ? ADMIN : null),
  },
  logging: {
    console: { level: 'off' },
    gateway: { level: 'info', metrics: false, audit: false, handler: () => passOn },
  },
};

// CommonJS reads the settings, and changes them.
export { settings as 'module.exports' };

const ADMIN = { username: 'admin', permissions: '*' } as const;

/** The editor is no page to be framed, guessed at or named to others; Node-RED itself says nothing about that. */
function harden(_request: unknown, response: ServerResponse, next: () => void): void {
  response.setHeader('X-Frame-Options', 'DENY');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  next();
}

/** Takes a value out of the environment, where flows could read it. */
function take(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: this file is started by the gateway`);
  delete process.env[name];
  return value;
}

/** Only the hash is in this process: what is read out of it opens nothing. */
function isAdminToken(text: unknown): boolean {
  // The body of a login may be JSON, with anything in it.
  if (typeof text !== 'string') return false;
  return timingSafeEqual(createHash('sha256').update(text).digest(), adminTokenHash);
}

/** One entry of Node-RED's log. @see https://nodered.org/docs/user-guide/runtime/logging */
interface LogEntry {
  readonly level: number;
  readonly msg: unknown;
  readonly type?: string;
  readonly name?: string;
  readonly id?: string;
}

let lineCount = 0;

function passOn(entry: LogEntry): void {
  lineCount += 1;
  if (lineCount > MAX_LINES_PER_HEARTBEAT) return;
  const node = entry.type === undefined ? {} : { node: `${entry.type}:${entry.name ?? entry.id}` };
  const text = entry.msg instanceof Error ? entry.msg.message : String(entry.msg).trim();
  send({ kind: 'log', level: levelOf(entry.level, text), text, ...node });
}

/** @param level of Node-RED: 10 fatal, 20 error, 30 warn, 40 info */
function levelOf(level: number, text: string): ChildLogLevel {
  if (EXPECTED_WARNINGS.some((start) => text.startsWith(start))) return 'debug';
  if (level <= 20) return 'error';
  return level <= 30 ? 'warn' : 'info';
}

const EXPECTED_WARNINGS = [
  // The permission model forbids the sync of a descriptor; the gateway makes it up from outside, in `sync-flows.ts`.
  'Flushing file ',
  // The shipped credentials only name variables of the environment; the first deploy encrypts them.
  'Encrypted credentials not found',
];

function send(message: ChildMessage): void {
  if (process.connected) process.send?.(message);
}

function beat(): void {
  const skippedCount = lineCount - MAX_LINES_PER_HEARTBEAT;
  if (skippedCount > 0) send({ kind: 'log', level: 'warn', text: `${skippedCount} more log lines were left out` });
  lineCount = 0;
  send({ kind: 'heartbeat', rssBytes: process.memoryUsage.rss() });
  systemClock.schedule(HEARTBEAT_MS, beat);
}

/** The part of Node-RED's event bus that is used. */
interface NodeRedEvents {
  on(name: 'flows:started', listener: () => void): void;
  on(name: 'runtime-event', listener: (event: RuntimeEvent) => void): void;
}

interface RuntimeEvent {
  readonly id: string;
  readonly payload?: { readonly error?: string; readonly types?: readonly string[] };
}

// The program that was started is Node-RED's; the module is its documented `RED.events`.
const { events }: { readonly events: NodeRedEvents } = createRequire(process.argv[1] ?? '')('@node-red/util');
events.on('flows:started', () => send({ kind: 'flowsStarted' }));
events.on('runtime-event', ({ id, payload }) => {
  if (id !== 'runtime-state' || payload?.error === undefined) return;
  const types = payload.types === undefined ? '' : `: ${payload.types.join(', ')}`;
  send({ kind: 'flowsHeld', reason: `${payload.error}${types}` });
});

// What Node-RED writes is for the gateway's user alone.
process.umask(0o077);
process.once('disconnect', () => process.exit());
beat();
