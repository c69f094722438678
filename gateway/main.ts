#!/usr/bin/env node
/**
 * The composition root: opens every part of the gateway in order, and closes it in reverse.
 *
 * It decides nothing itself; each part is handed what it needs here, and knows nothing of the others.
 * Start reading at `openGateway`. The parts are loaded only when a gateway runs, so that `waystation status` starts fast.
 */
import { randomBytes } from 'node:crypto';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import type { Identity } from '#gateway/broker/identity/open-identity.ts';
import type { Listener } from '#gateway/broker/listeners/open-listener.ts';
import type { Broker } from '#gateway/broker/open-broker.ts';
import type { Config } from '#gateway/config/config-schema.ts';
import type { SecretSource } from '#gateway/config/load-secret.ts';
import type { ConsoleOptions } from '#gateway/console/open-console.ts';
import type { Handover } from '#gateway/handover/open-handover.ts';
import type { StatefulJournal } from '#gateway/journal/journal.ts';
import type { ReportGnss } from '#gateway/model/gnss-report.ts';
import { Secret } from '#gateway/model/secret.ts';
import type { GatewayStatus } from '#gateway/model/status.ts';
import type { Rules } from '#gateway/rules/open-rules.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import type { Timekeeper } from '#gateway/runtime/timekeeper.ts';
import type { Outlets } from '#gateway/sinks/open-outlets.ts';
import type { CommandFeed } from '#gateway/sources/command-feed.ts';
import type { DeviceTaps } from '#gateway/sources/device-taps.ts';
import type { StartSource } from '#gateway/sources/prepare-source.ts';
import type { Source } from '#gateway/sources/source.ts';

const MIN_NODE_MAJOR = 24;
const EXIT_PATIENCE_MS = 2000;
const HOUR_MS = 3_600_000;

if (Number.parseInt(process.versions.node, 10) < MIN_NODE_MAJOR) {
  process.stderr.write(`error: Waystation needs Node ${MIN_NODE_MAJOR}; this is ${process.versions.node}\n`);
  process.stderr.write(
    `remedy: Install Node ${MIN_NODE_MAJOR}, or start deploy/waystation, which takes the one that npm run setup brings.\n`,
  );
  process.exit(1);
}
// Syncs of the journal, reads of the sinks and name look-ups share the thread pool; it reads this when it is first used.
process.env['UV_THREADPOOL_SIZE'] ??= '16';
const { endWhereOutputFails, runCommandLine } = await import('#gateway/cli/command-line.ts');
const args = process.argv.slice(2);
// The log of a gateway sees to itself.
if (!args.includes('run')) endWhereOutputFails();
process.exitCode = await runCommandLine(args, runGateway);
// A reader of the log that stopped reading must not keep a gateway that has closed everything.
setTimeout(() => process.exit(), EXIT_PATIENCE_MS).unref();

/** Runs a gateway until SIGTERM or SIGINT. */
async function runGateway(configFile: string): Promise<void> {
  const { loadConfig } = await import('#gateway/config/load-config.ts');
  const { findOpenSecrets } = await import('#gateway/config/open-secrets.ts');
  const { openLogger } = await import('#gateway/runtime/logger.ts');
  const config = await loadConfig(configFile);
  const logger = openLogger(config.log.level);
  const stopRequested = listenForStop(logger);
  endOnUnexpectedErrors(logger);
  for (const problem of await findOpenSecrets(config)) logger.warn({ problem }, 'a secret can be read by others');
  const opening = openGateway(config, logger);
  const stoppedEarly = await Promise.race([opening.then(() => undefined), stopRequested]);
  if (stoppedEarly !== undefined) endWhileStarting(stoppedEarly, logger);
  await using gateway = await opening;
  const { listeners } = gateway.status().broker;
  const { id, uid } = gateway.status().gateway;
  // What only this configuration loads: a few files, beside those that were written before the first port was open.
  flushCompileCache();
  logger.info({ gateway: id, uid, dataDir: config.dataDir, listeners }, 'ready');
  const signal = await stopRequested;
  logger.info({ signal }, 'stopping');
}

/** A second signal changes nothing: closing is bounded, and what it writes must be whole [P1]. */
function listenForStop(logger: Logger): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let isStopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      if (isStopping) logger.warn({ signal }, 'already stopping');
      isStopping = true;
      resolve(signal);
    });
  return promise;
}

/**
 * What the start waits for may never come, such as the writer of a pipe in place of a file, and `exit` waits for it as well. So the signal
 * has the effect that it has on any process; the journal survives any end [J2].
 */
function endWhileStarting(signal: NodeJS.Signals, logger: Logger): void {
  logger.info({ signal }, 'stopped before it was ready');
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // The first process of a container does not end by signals.
  process.exit();
}

/** Our own bugs end the process: going on would risk what was promised, and the journal survives any end [P2, J2]. */
function endOnUnexpectedErrors(logger: Logger): void {
  const end = (error: unknown) => {
    const stack = error instanceof Error ? error.stack : undefined;
    logger.error({ error, stack }, 'unexpected error; the gateway ends');
    process.exit(1);
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
}

interface Gateway extends AsyncDisposable {
  status(): GatewayStatus;
}

/** Whatever can be found wrong without touching anything is found first; then each part is opened on top of those before it. */
async function openGateway(config: Config, logger: Logger): Promise<Gateway> {
  const parts = await loadParts();
  const { systemClock: clock } = parts;
  const startedMs = clock.monotonicMs();
  const users = await Promise.all(config.broker.clients.map((client) => withAnyPassword(client)));
  const remotes = await Promise.all(config.sinks.map(parts.loadCredentials));
  const prepared = await prepareSources(config.devices, logger);

  // With NODE_COMPILE_CACHE only: Node would write it at the end, and power cuts leave no end. Here, because it holds the
  // event loop up at the first start of a version, for half a second or more, and no port is open yet that bytes could be lost from.
  flushCompileCache();

  await using opened = new AsyncDisposableStack();
  const timekeeper = opened.use(
    new parts.Timekeeper({ clock, isSynchronized: parts.systemdTimeSync, newRunId: () => randomHex(16), logger }),
  );
  const dataDir = opened.use(await parts.openDataDir(config.dataDir, randomHex));
  const directory = join(dataDir.path, 'journal');
  const diskCounters = parts.systemDiskCounters(dataDir.path);
  const [machine, bootId] = await Promise.all([parts.loadMachineName(parts.MACHINE_ID_FILE), parts.loadBootId()]);
  const host = { storage: parts.nodeStorage, diskCounters, clock, bootId, random: randomBytes, logger };
  const streams = config.streams.map(withLimits);
  const journal = opened.use(await parts.openJournal({ ...config.journal, ...host, machine, directory, streams }));
  timekeeper.follow((mark) => journal.markClock(mark));
  const commands = new parts.CommandFeed();
  const admission = parts.openAdmission({ ...keptBy(config), journal, stamp: () => timekeeper.stamp() });
  const admit = commands.watch(admission.admit);
  const rulesUser = parts.rulesAccount(new Secret(randomHex(48)), config.rules.maxPublishesPerSecond);
  const identity = await openAccounts(config, dataDir.path, timekeeper, logger);
  const names = { gatewayId: config.gateway.id, gatewayUid: dataDir.gatewayUid, version: parts.readVersion() };
  const logins = { ...names, users: [...users, ...(config.rules.enabled ? [rulesUser] : [])], made: identity.made };
  const state = opened.use(await parts.openDurableState({ journal, clock, stamp: () => timekeeper.stamp(), logger }));
  const broker = opened.use(await parts.openBroker({ ...config.broker, ...logins, ...state, admit, clock, logger }));
  await parts.endLeftSessions(identity, broker, logger);
  const shared = { ...names, ...host, dataDir, journal, broker, commands, stamp: () => timekeeper.stamp(), random };
  const outlets = await parts.openOutlets({ ...config, sinks: remotes }, shared, opened);
  const track = new parts.PositionTrack(clock);
  const memory = opened.use(await parts.openDeviceMemory(dataDir.path, config.devices, logger));
  const taps = new parts.DeviceTaps(clock);
  const publisher = track.watch(taps.watch(broker));
  const context = { publisher, taps, commands, clock, timekeeper, memory, random, logger };
  const { sources, handover } = await openSources(config, prepared, context, opened);

  const rulesLogin = { ...nearAddress(broker.listeners), username: rulesUser.username, password: rulesUser.password };
  const rulesContext = { broker, login: rulesLogin, dataDir: dataDir.path, clock, random, logger };
  const rules = config.rules.enabled ? opened.use(await openRules(config, rulesContext)) : undefined;

  const about = { id: names.gatewayId, uid: names.gatewayUid, version: names.version, pid: process.pid };
  const status = (): GatewayStatus => ({
    gateway: { ...about, uptimeSeconds: Math.floor((clock.monotonicMs() - startedMs) / 1000) },
    clock: timekeeper.status(),
    journal: journal.status(),
    broker: { ...broker.status(), state: state.status() },
    sources: sources.map((source) => source.status()),
    ...outlets.status(),
    handover: handover.status(),
    ...(rules === undefined ? {} : { rules: rules.status() }),
  });
  const asked = { status, broker, identity, outlets, journal, track, taps, commands };
  await openDoors(config, { dataDir: dataDir.path, ...asked, clock, logger }, opened);
  const owned = opened.move();
  return { status, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** The accounts that were made at run time, and the trail of all changes. */
async function openAccounts(
  { broker: { clients, anonymous } }: Config,
  dataDir: string,
  timekeeper: Timekeeper,
  logger: Logger,
): Promise<Identity> {
  const { openIdentity } = await import('#gateway/broker/identity/open-identity.ts');
  const now = () => {
    const { wallMs, quality } = timekeeper.stamp();
    return { time: new Date(wallMs).toISOString(), clock: quality };
  };
  return openIdentity({ dataDir, clients, anonymous, randomBytes, now, logger });
}

/** No device takes the port of another for its own. */
async function prepareSources(devices: Config['devices'], logger: Logger): Promise<readonly StartSource[]> {
  const { prepareSource } = await import('#gateway/sources/prepare-source.ts');
  const pathsBeside = (device: object) =>
    devices.flatMap((other) => (other !== device && 'path' in other ? [other.path] : []));
  return Promise.all(devices.map((device) => prepareSource(device, logger, pathsBeside(device))));
}

/** The devices, and before them whatever they are told to. */
async function openSources(
  config: Config,
  prepared: readonly StartSource[],
  context: Omit<Parameters<StartSource>[0], 'reportGnss' | 'positions'> & { readonly timekeeper: Timekeeper },
  opened: AsyncDisposableStack,
): Promise<{ readonly sources: readonly Source[]; readonly handover: Handover }> {
  const { PositionFeed } = await import('#gateway/sources/position-feed.ts');
  const { openHandover } = await import('#gateway/handover/open-handover.ts');
  const { readVersion } = await import('#gateway/cli/version.ts');
  const { timekeeper, clock, logger } = context;
  const positions = new PositionFeed();
  const handover = opened.use(await openHandover(config.time, { version: readVersion(), clock, logger }));
  const reportGnss: ReportGnss = (report) => handover.take(report, timekeeper.hear(report));
  const captureFolder = join(config.dataDir, 'captures');
  const sources = prepared.map((start) => opened.use(start({ ...context, captureFolder, reportGnss, positions })));
  return { sources, handover };
}

/** Node-RED, with a login of its own at the broker. */
async function openRules(config: Config, { broker, login, ...context }: RulesContext): Promise<Rules> {
  const { openRules: open } = await import('#gateway/rules/open-rules.ts');
  const account = broker.account(login.username);
  return open({ ...config.rules, ...context, broker: login, account, randomHex });
}

type RulesOptions = Parameters<typeof import('#gateway/rules/open-rules.ts').openRules>[0];

interface RulesContext extends Pick<RulesOptions, 'dataDir' | 'clock' | 'random' | 'logger'> {
  readonly broker: Broker;
  readonly login: RulesOptions['broker'];
}

/** Where people and programs ask the gateway: the control socket, and the console. */
async function openDoors(config: Config, doors: Doors, opened: AsyncDisposableStack): Promise<void> {
  const { openControlSocket } = await import('#gateway/host/control-socket.ts');
  const { journalMethods } = await import('#gateway/journal/journal-methods.ts');
  const { deviceMethods } = await import('#gateway/sources/device-methods.ts');
  const { retrySink: retry, sinkIdIn } = await import('#gateway/sinks/retry-sink.ts');
  const { outletMethods } = await import('#gateway/sinks/outlet-methods.ts');
  const { dataDir, status, broker, identity, outlets, taps, commands, ...shared } = doors;
  const retrySink = (id: string) => retry(outlets.sinks, id);
  const reading = journalMethods(doors.journal, doors.clock);
  const { identityMethods } = await import('#gateway/broker/identity/identity-methods.ts');
  const configured = config.broker.clients;
  const accounts = {
    book: identity.book,
    accounts: broker.accounts,
    configured,
    endSessions: broker.endSessions.bind(broker),
    reviewSubscriptions: broker.reviewSubscriptions.bind(broker),
    listSessions: broker.listSessions.bind(broker),
    logger: doors.logger,
  };
  const deviceIds = config.devices.map(({ id }) => id);
  const methods = {
    ...{ status, liveClients: () => broker.liveClients(), ...reading, ...deviceMethods(taps, commands, deviceIds) },
    ...identityMethods(accounts),
    ...outletMethods(outlets, doors.journal),
    retrySink: (params: unknown) => retrySink(sinkIdIn(params)),
    reloadCertificates: () => broker.reloadCertificates(),
    forgetSink: (params: unknown) => doors.journal.forget(sinkIdIn(params)),
  };
  opened.use(await openControlSocket(dataDir, methods));
  if (!config.console.enabled) return;
  const { openConsole } = await import('#gateway/console/open-console.ts');
  opened.use(await openConsole({ ...config.console, ...shared, status, retrySink }));
}

/** What is asked about. */
interface Doors extends Pick<ConsoleOptions, 'status' | 'track' | 'clock' | 'logger'> {
  readonly identity: Identity;
  readonly journal: StatefulJournal;
  readonly taps: DeviceTaps;
  readonly commands: CommandFeed;
  readonly broker: Broker;
  readonly dataDir: string;
  readonly outlets: Outlets;
}

/** What admission needs to know of the configuration. */
function keptBy({ streams, gateway: { asset } }: Config) {
  return { streams, ...(asset === undefined ? {} : { asset }) };
}

function withLimits(stream: Config['streams'][number]) {
  const { maxBytes, maxAgeHours } = stream.retention;
  const maxAgeMs = maxAgeHours === undefined ? undefined : maxAgeHours * HOUR_MS;
  return { ...stream, retention: { maxBytes, maxAgeMs, overflow: stream.overflow } };
}

/** The code of the parts: nothing but a running gateway pays for it. */
async function loadParts() {
  return {
    ...(await import('#gateway/runtime/clock.ts')),
    ...(await import('#gateway/runtime/disk-counters.ts')),
    ...(await import('#gateway/runtime/time-sync.ts')),
    ...(await import('#gateway/runtime/timekeeper.ts')),
    ...(await import('#gateway/config/sinks/load-credentials.ts')),
    ...(await import('#gateway/host/data-dir.ts')),
    ...(await import('#gateway/host/device-memory.ts')),
    ...(await import('#gateway/host/boot-id.ts')),
    ...(await import('#gateway/host/machine-name.ts')),
    ...(await import('#gateway/journal/open-journal.ts')),
    ...(await import('#gateway/journal/node-storage.ts')),
    ...(await import('#gateway/admission/admission.ts')),
    ...(await import('#gateway/broker/open-broker.ts')),
    ...(await import('#gateway/broker/durable/open-durable-state.ts')),
    ...(await import('#gateway/broker/identity/open-identity.ts')),
    ...(await import('#gateway/rules/rules-account.ts')),
    ...(await import('#gateway/sources/command-feed.ts')),
    ...(await import('#gateway/sources/device-taps.ts')),
    ...(await import('#gateway/console/position-track.ts')),
    ...(await import('#gateway/sinks/open-outlets.ts')),
    ...(await import('#gateway/cli/version.ts')),
  };
}

async function withPassword<T extends { readonly password: SecretSource }>(login: T) {
  const { loadSecret } = await import('#gateway/config/load-secret.ts');
  return { ...login, password: await loadSecret(login.password) };
}

/** A login for certificates only gets a password that nobody knows. */
async function withAnyPassword<T extends { readonly password: SecretSource | undefined }>(login: T) {
  const { password } = login;
  return password === undefined
    ? { ...login, password: new Secret(randomHex(64)) }
    : withPassword({ ...login, password });
}

/** How a process on this machine reaches the broker. */
function nearAddress(listeners: readonly Listener[]) {
  const listener = listeners.find(({ isProxied, type }) => type === 'mqtt' && !isProxied);
  const { host = '127.0.0.1', port = 0 } = listener ?? {};
  return { host: host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host, port };
}

/** Chance, for jitter. */
function random(): number {
  return Math.random();
}

function randomHex(digitCount: number): string {
  return randomBytes(Math.ceil(digitCount / 2))
    .toString('hex')
    .slice(0, digitCount);
}
