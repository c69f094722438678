/**
 * The demo (`npm start`): a simulated vehicle, the gateway and a stand-in hub, each its own process, and a terminal to watch
 * them and to do them harm. It starts processes and reads their JSON lines; it imports nothing of theirs, and writes nothing
 * outside its folder. What happens is in `demo/demo-session.ts`, what is known in `demo/demo-state.ts`.
 */
import { fileURLToPath } from 'node:url';
import {
  type DemoFolder,
  demoFolder,
  FolderError,
  folderProblem,
  hasEarlierRun,
  prepareFolder,
} from './demo/demo-folder.ts';
import { DemoSession } from './demo/demo-session.ts';
import { findInfluxd, startInfluxd } from './demo/influxd.ts';
import { fileProblem } from './demo/input-check.ts';
import { LiveScreen, type Screen } from './demo/live-screen.ts';
import { type DemoOptions, parseDemoOptions, USAGE } from './demo/options.ts';
import { findPortProblems, type NeededPort } from './demo/port-check.ts';

const CHECKOUT = fileURLToPath(new URL('..', import.meta.url));
const DEMO_DBC = fileURLToPath(new URL('../firmware-sim/dbc/demo-vehicle.dbc', import.meta.url));
const INFLUXD = findInfluxd(process.env['PATH']);
const EXIT_USAGE = 2;
const EXIT_UNAVAILABLE = 69;
/** npm passes on a Ctrl-C that the process has received as well: what follows this closely is the same one. */
const SAME_SIGNAL_MS = 500;
const OWN_DBC =
  "The frames are decoded with the demo's own DBC, which will know few frames of a foreign recording; --dbc FILE names another.";

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const parsed = parseDemoOptions(args, userFolder(), fileURLToPath(new URL('../var/demo', import.meta.url)));
  if (parsed.kind === 'help') {
    console.log(USAGE);
    return 0;
  }
  if (parsed.kind === 'usage') {
    console.error(`${parsed.problem}\n\n${USAGE}`);
    return EXIT_USAGE;
  }
  const problems = await findProblems(parsed.options);
  if (problems.length > 0) {
    console.error(problems.join('\n'));
    return EXIT_UNAVAILABLE;
  }
  try {
    return await run(parsed.options);
  } catch (error) {
    if (!(error instanceof FolderError)) throw error;
    console.error(error.message);
    return EXIT_UNAVAILABLE;
  }
}

/** npm runs scripts in the checkout's folder and notes where the user stood. */
function userFolder(): string {
  const env = process.env;
  return (env['npm_lifecycle_event'] === 'start' ? env['INIT_CWD'] : undefined) ?? process.cwd();
}

/** Everything that would end the demo anyway, found before anything is started or written. */
async function findProblems(options: DemoOptions): Promise<readonly string[]> {
  const files = (['gnss', 'can', 'dbc', 'scenario'] as const).flatMap((name) => {
    const file = options[name];
    return file === undefined ? [] : [fileProblem(`--${name}`, file)];
  });
  const ports = await findPortProblems([
    {
      port: options.brokerPort,
      purpose: "the gateway's MQTT listener",
      option: '--broker-port',
      configKey: 'broker.listeners[0].port',
    },
    { port: options.hubPort, purpose: 'the stand-in hub', option: '--hub-port', configKey: 'sinks[0].url' },
    ...(INFLUXD === undefined ? [] : [influxdbPort(options)]),
    { port: options.rulesPort, purpose: 'the rules editor', option: '--rules-port', configKey: 'rules.port' },
    { port: options.consolePort, purpose: 'the console', option: '--console-port', configKey: 'console.port' },
  ]);
  return [...files, folderProblem(demoFolder(options.dir)), ...ports].filter((problem) => problem !== undefined);
}

function influxdbPort(options: DemoOptions): NeededPort {
  const { influxdbPort: port } = options;
  return { port, purpose: 'InfluxDB', option: '--influxdb-port', configKey: 'sinks[1].url' };
}

async function run(options: DemoOptions): Promise<number> {
  const folder = demoFolder(options.dir);
  const isContinued = !options.isFresh && hasEarlierRun(folder);
  prepareFolder(folder, options.isFresh, {
    brokerPort: options.brokerPort,
    hubPort: options.hubPort,
    rulesPort: options.rulesPort,
    consolePort: options.consolePort,
    dbcFile: options.dbc ?? DEMO_DBC,
    ...(INFLUXD === undefined ? {} : { influxdbPort: options.influxdbPort }),
  });
  // A terminal that was never told its size says 0.
  const columns = () => process.stdout.columns || 80;
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY && process.env['TERM'] !== 'dumb';
  const liveScreen = new LiveScreen((text) => process.stdout.write(text), columns);
  const screen = isTerminal ? liveScreen : { note: console.log, draw: () => {} };
  if (isTerminal) process.stdout.on('resize', () => liveScreen.repaint());
  const isColoured = (process.env['NO_COLOR'] ?? '') === '';
  const look = () => ({ isColoured, columns: columns() });
  const session = new DemoSession(CHECKOUT, options, folder, isTerminal ? { screen, look } : { screen });
  for (const line of opening(options, folder, isContinued)) screen.note(line);
  const restoreTerminal = isTerminal ? readKeys(session) : () => {};
  const ignoreSignals = obeySignals(session);
  // A terminal that was closed takes no more text; the clean end goes on without it.
  process.stdout.on('error', () => {});
  const influxd = await startDatabase(options, folder.influxdDir, screen);
  const exitCode = await session.run();
  await influxd?.stop();
  ignoreSignals();
  restoreTerminal();
  return exitCode;
}

/** A demo without InfluxDB is a demo all the same: its sink then says that it waits. */
async function startDatabase(options: DemoOptions, dir: string, screen: Pick<Screen, 'note'>) {
  if (INFLUXD === undefined) return undefined;
  try {
    return await startInfluxd(INFLUXD, dir, options.influxdbPort);
  } catch (error) {
    screen.note(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

function opening(
  options: DemoOptions,
  { dir, rulesPasswordFile }: DemoFolder,
  isContinued: boolean,
): readonly string[] {
  const recordings = [options.gnss, options.can].filter((file) => file !== undefined);
  return [
    recordings.length > 0
      ? `Waystation demo: plays ${recordings.join(' and ')} into the gateway's serial ports.`
      : 'Waystation demo: a simulated vehicle sends GNSS and CAN over serial ports and tyre pressures over MQTT.',
    `The gateway (MQTT on 127.0.0.1:${options.brokerPort}) journals every event and forwards it to a stand-in hub (127.0.0.1:${options.hubPort}).`,
    ...(options.can !== undefined && options.dbc === undefined ? [OWN_DBC] : []),
    INFLUXD === undefined
      ? 'influxd is not installed (package influxdb): the demo runs without InfluxDB.'
      : `InfluxDB (127.0.0.1:${options.influxdbPort}, database telemetry) gets every event as a point.`,
    `Rules are flows in Node-RED: http://127.0.0.1:${options.rulesPort}, login admin, password in ${rulesPasswordFile}.`,
    `Its console is at http://127.0.0.1:${options.consolePort}/`,
    isContinued ? `Goes on with the journal in ${dir}; --fresh begins anew.` : `Everything is kept in ${dir}.`,
  ];
}

/** @returns what gives the terminal back */
function readKeys(session: DemoSession): () => void {
  const input = process.stdin;
  const onKeys = (keys: string) => {
    for (const key of keys) {
      if (key === 'c') session.toggleLink();
      else if (key === 'k') session.killGateway();
      else if (key === 'q' || key === '\x03') session.quit();
    }
  };
  input.setRawMode(true).setEncoding('utf8').on('data', onKeys);
  return () => {
    input.off('data', onKeys).setRawMode(false).pause();
  };
}

/** @returns what stops listening */
function obeySignals(session: DemoSession): () => void {
  let lastAtMs = Number.NEGATIVE_INFINITY;
  const onSignal = () => {
    const nowMs = performance.now();
    const isSame = nowMs - lastAtMs < SAME_SIGNAL_MS;
    lastAtMs = nowMs;
    if (!isSame) session.quit();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
}
