/**
 * The broker is the bus: Aedes made safe. Whatever happens in the gateway is published here.
 *
 * It never decides what is kept (that is the admission tap it is given), and never acknowledges what the tap has not answered.
 * Start reading here: this file joins the parts. A publish takes the way of `intake.ts`, a CONNECT that of `client-gate.ts`,
 * bytes in both directions that of `guarded-connection.ts`.
 */
import type { EventEmitter } from 'node:events';
import { Aedes } from 'aedes';
import { writeToStream } from 'mqtt-packet';
import { type BrokerLimits, DEFAULT_LIMITS } from '#gateway/model/broker-limits.ts';
import type { ClientSession } from '#gateway/model/client-sessions.ts';
import { InvariantError, invariant, WaystationError } from '#gateway/model/errors.ts';
import type { LiveClients } from '#gateway/model/live-clients.ts';
import type { Done, Message, Place, Publisher } from '#gateway/model/message.ts';
import type { BrokerStatus, CertificateReload } from '#gateway/model/status.ts';
import { MAX_TOPIC_LEVELS } from '#gateway/model/topic-filter.ts';
import { type Clock, wait } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { ClientGate } from './client-gate.ts';
import { Delivery } from './delivery/delivery.ts';
import type { DurableState } from './durable/open-durable-state.ts';
import { NO_RECORDER, type StateRecorder } from './durable/state-recorder.ts';
import { type GuardedConnection, type GuardRefusal, guardConnection } from './guarded-connection.ts';
import type { Account } from './identity/account.ts';
import { Accounts, type BrokerUser, type MadeLogin } from './identity/accounts.ts';
import { LoginGuard } from './identity/login-guard.ts';
import type { RightsRule } from './identity/topic-rights.ts';
import { Intake } from './intake.ts';
import { KeepAliveGuard } from './keep-alive-guard.ts';
import type { Arrival } from './listeners/arrival.ts';
import type { Guest } from './listeners/guest.ts';
import type { ListenerOptions } from './listeners/listener-options.ts';
import { type Listener, openListener } from './listeners/open-listener.ts';
import { deafEmitter, muteEngine } from './mute-engine.ts';
import { PendingLogins } from './pending-logins.ts';
import { EnginePersistence } from './persistence/engine-persistence.ts';
import { publishLeftWills } from './publish-left-wills.ts';
import { ReceiveThrottle } from './receive-throttle.ts';
import { Refusals } from './refusals.ts';
import { BrokerFigures } from './seen/broker-figures.ts';
import { Connections } from './seen/connections.ts';
import type { DisconnectReason } from './seen/disconnect-reason.ts';
import { openSystemReports } from './seen/open-system-reports.ts';
import type { SystemReports } from './seen/system-reports.ts';
import { listSessions } from './sessions/list-sessions.ts';
import { RetainedMessages } from './sessions/retained-messages.ts';
import type { SessionIdentity } from './sessions/session.ts';
import { SessionExpiry } from './sessions/session-expiry.ts';
import { Sessions } from './sessions/sessions.ts';
import { TurnQueue } from './turn-queue.ts';

/** The running broker. */
export interface Broker extends Publisher, AsyncDisposable {
  /** With the ports really taken. */
  readonly listeners: readonly Listener[];
  /** Retains a message for as long as the process lives, and hands it out, past journal and state: it says how the gateway is now. QoS 0. */
  announce(message: Message): void;
  status(): BrokerStatus;
  /** Has each listener take its certificate anew. @returns one entry per TLS listener, in the order of the configuration */
  reloadCertificates(): Promise<readonly CertificateReload[]>;
  /** Who is connected, and who was not long ago. */
  liveClients(): LiveClients;
  /** The persistent sessions, those whose client is away first. */
  listSessions(): readonly ClientSession[];
  /** One of the accounts it was opened with. */
  account(username: string): Account;
  /** Who may log in; changes are in effect at once. */
  readonly accounts: Accounts;
  /**
   * Ends sessions, connected or stored, with all that they hold; durable when it resolves.
   *
   * @throws WaystationError `journal.full`, `journal.failed`; then they have ended as long as the process runs
   */
  endSessions(isOver: (session: SessionIdentity) => boolean): Promise<void>;
  /**
   * The rights of an account have changed: takes subscriptions that they do not cover any more from its sessions, connected or stored;
   * durable when it resolves.
   *
   * @throws WaystationError `journal.full`, `journal.failed`; then they are gone all the same, as they are not covered at the next login
   */
  reviewSubscriptions(username: string): Promise<void>;
}

/** What {@link openBroker} needs; everything but the ports as under `broker` in the configuration. */
export interface BrokerOptions {
  readonly listeners: readonly ListenerOptions[];
  readonly users: readonly BrokerUser[];
  /** Accounts that were made at run time; none has the name of a user. */
  readonly made?: readonly MadeLogin[];
  /** Rights of clients without a login, on loopback listeners only. */
  readonly anonymous: false | RightsRule;
  readonly limits?: Partial<BrokerLimits>;
  /** How often there is news under `$SYS`; absent or 0: never. */
  readonly sysIntervalSeconds?: number;
  /** Of the gateway, to be told under `$SYS`. */
  readonly version?: string;
  /** The admission tap: called once per publish in the order of arrival; what it refuses is neither acknowledged nor fanned out. Returns where the message is kept, if anywhere. */
  readonly admit: (message: Message, done: Done) => Place | undefined;
  /** Where sessions and retained messages are written down; absent, they end with the process. */
  readonly recorder?: StateRecorder;
  /** Fills both with what an earlier process has written down, before anybody may connect. */
  readonly restoreTo?: DurableState['restoreTo'];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** @throws WaystationError `listener.portInUse`, `listener.failed`, `tls.unreadable`, `tls.invalid`, and what `restoreTo` throws */
export async function openBroker(options: BrokerOptions): Promise<Broker> {
  const { admit, clock, logger, recorder = NO_RECORDER } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const refusals = new Refusals(clock, logger);
  const accounts = new Accounts(options.users, options.anonymous, clock, limits.maxTopicLevels);
  for (const account of options.made ?? []) accounts.put(account);
  const guard = new LoginGuard(accounts, clock);
  const connections = new Connections({ clock, logger, refusals });
  const sessions = new Sessions({ limits, recorder, clock });
  const retained = new RetainedMessages(limits);
  const delivery = new Delivery({ sessions, retained, recorder, refusals, clock });
  const { version = 'unknown', sysIntervalSeconds = 0 } = options;
  const figures = new BrokerFigures({ sessions, retained, connections, refusals, clock, version });
  const reports = openSystemReports(figures, { delivery, clock, intervalMs: sysIntervalSeconds * 1000 });
  const intake = new Intake({ admit, delivery, recorder, clock, refusals, limits });
  const shared = { sessions, delivery, recorder };
  const gate = new ClientGate({ ...shared, accounts, guard, clock, intake, refusals, connections, limits });
  const persistence = new EnginePersistence({ ...shared, retained, sessionOf: gate.sessionOf.bind(gate) });
  const aedes = makeEngine(persistence, gate, limits);
  // Behind the gate, which hands out what was kept.
  aedes.on('subscribe', (subscriptions) => {
    if (subscriptions.some(({ topic }) => topic.startsWith('$'))) reports.welcome();
  });
  const wills = await options.restoreTo?.({ sessions, retained });
  if (wills !== undefined) await publishLeftWills(wills, { accounts, intake, recorder, refusals, clock });
  const expiry = new SessionExpiry({ sessions, recorder, limits, clock, logger });
  await aedes.listen();
  const broker = new AedesBroker({
    aedes,
    intake,
    delivery,
    gate,
    accounts,
    sessions,
    expiry,
    recorder,
    refusals,
    connections,
    figures,
    reports,
    clock,
    logger,
    limits,
  });
  try {
    for (const [index, listener] of options.listeners.entries()) {
      await broker.listen(listener, `broker.listeners[${index}]`);
    }
  } catch (error) {
    await broker[Symbol.asyncDispose]();
    throw error;
  }
  return broker;
}

function makeEngine(persistence: EnginePersistence, gate: ClientGate, limits: BrokerLimits): Aedes {
  const aedes = new Aedes({
    mq: deafEmitter(),
    persistence,
    drainTimeout: limits.drainTimeoutMs,
    // The intake refuses what is too much, before the journal takes it.
    maxInflightInbound: 0,
    // Ours, in AedesBroker, comes first and is counted; this one cannot be switched off.
    connectTimeout: limits.connectTimeoutMs * 2,
    maxTopicLevels: MAX_TOPIC_LEVELS,
    ...gate.hooks(),
  });
  // Else a table of all packet ids is made at the first login: 10 MiB, and milliseconds in which nobody else is served.
  writeToStream.cacheNumbers = false;
  muteEngine(aedes);
  gate.attachTo(aedes);
  hearEngine(aedes);
  return aedes;
}

interface Parts {
  readonly aedes: Aedes;
  readonly intake: Intake;
  readonly delivery: Delivery;
  readonly gate: ClientGate;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly expiry: SessionExpiry;
  readonly recorder: StateRecorder;
  readonly refusals: Refusals;
  readonly connections: Connections;
  readonly figures: BrokerFigures;
  readonly reports: SystemReports;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: BrokerLimits;
}

class AedesBroker implements Broker {
  readonly #parts: Parts;
  readonly #listeners: Listener[] = [];
  readonly #open = new Map<GuardedConnection, Guest>();
  readonly #pendingLogins: PendingLogins;
  readonly #keepAlive: KeepAliveGuard;
  readonly #turns = new TurnQueue();
  #closing: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#keepAlive = new KeepAliveGuard(parts.clock);
    this.#pendingLogins = new PendingLogins({ ...parts.limits, clock: parts.clock, refusals: parts.refusals });
    parts.aedes.on('connackSent', (connack, client) => {
      const connection = parts.gate.admit(client, connack);
      if (connection !== undefined) this.#open.get(connection)?.admit();
    });
  }

  get listeners(): readonly Listener[] {
    return this.#listeners;
  }

  async listen(options: ListenerOptions, key: string): Promise<void> {
    const { clock, connections, limits, logger, refusals } = this.#parts;
    const doors = { pendingLogins: this.#pendingLogins, turns: this.#turns };
    const onArrival = (arrival: Arrival) => this.#accept(arrival);
    const onTurnedAway = (reason: DisconnectReason) => connections.countEnd(reason);
    this.#listeners.push(
      await openListener(options, key, { ...doors, refusals, limits, clock, logger, onArrival, onTurnedAway }),
    );
  }

  publish(message: Message, done: Done): void {
    if (this.#closing === undefined) this.#parts.intake.publish(message, done);
    else done(new WaystationError('journal.closed', `cannot publish on ${message.topic}: the broker is closing`));
  }

  announce(message: Message): void {
    if (this.#closing === undefined) this.#parts.delivery.announce(message);
  }

  status(): BrokerStatus {
    const { aedes, connections, expiry, figures, intake, refusals } = this.#parts;
    return {
      listeners: this.#listeners.map((listener) => listener.status()),
      clientCount: aedes.connectedClients,
      ...figures.holdings(),
      expiredSessionCount: expiry.expiredCount,
      publishedCount: intake.publishedCount,
      refusals: refusals.counts,
      disconnects: connections.disconnects,
    };
  }

  listSessions(): readonly ClientSession[] {
    const { sessions, limits, clock } = this.#parts;
    return listSessions(sessions, { ...limits, nowMs: clock.monotonicMs() });
  }

  liveClients(): LiveClients {
    return this.#parts.connections.list();
  }

  reloadCertificates(): Promise<readonly CertificateReload[]> {
    return Promise.all(this.#listeners.filter(({ status }) => status().certificates !== undefined).map(reloadOne));
  }

  get accounts(): Accounts {
    return this.#parts.accounts;
  }

  endSessions(isOver: (session: SessionIdentity) => boolean): Promise<void> {
    const { sessions } = this.#parts;
    for (const session of [...sessions].filter(isOver)) sessions.end(session);
    return this.#settled();
  }

  reviewSubscriptions(username: string): Promise<void> {
    this.#parts.gate.reviewSubscriptions(username);
    return this.#settled();
  }

  #settled(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#parts.recorder.settle((error) => (error === undefined ? resolve() : reject(error)));
    return promise;
  }

  account(username: string): Account {
    const account = this.#parts.accounts.find(username);
    invariant(account !== undefined, `the broker has no account ${username}`);
    return account;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #accept(arrival: Arrival): void {
    const { aedes, clock, connections, gate, limits, refusals } = this.#parts;
    const { stream, address, guest, listener } = arrival;
    if (this.#closing !== undefined) {
      stream.destroy();
      return;
    }
    const connection = guardConnection(stream, {
      remoteAddress: address,
      maxConnectBytes: limits.maxConnectBytes,
      maxPacketBytes: limits.maxPacketBytes,
      maxUnsentBytes: limits.maxUnsentBytes,
      drainTimeoutMs: limits.drainTimeoutMs,
      receiveThrottle: new ReceiveThrottle(limits, clock),
      turns: this.#turns,
      clock,
      onHeldBack: () => {
        const text = 'reads slower: the client sends more than broker.limits lets one client send in a second';
        refusals.note({ reason: 'tooFast', client: gate.identify(client)?.name ?? address, text });
      },
      onRefused: (reason) => {
        const { name, account } = gate.identify(client) ?? { name: address, account: undefined };
        const text = `closed a connection: ${GUARD_TEXTS[reason] ?? reason}`;
        refusals.note({ reason, client: name, text }, { user: account?.username });
        // The others are closed for what they sent.
        if (reason !== 'slowReader') account?.noteRefusal(text);
      },
    });
    connections.add(connection, listener);
    guest.handTo((reason, text) => connection.close(reason, text));
    const client = aedes.handle(connection);
    this.#open.set(connection, guest);
    connection.once('close', () => this.#open.delete(connection));
    this.#keepAlive.watch(client, connection);
    gate.welcome(client, connection, arrival);
  }

  async #close(): Promise<void> {
    const { aedes, connections, expiry, refusals, reports } = this.#parts;
    reports[Symbol.dispose]();
    const listenersClosed = Promise.all(this.#listeners.map((listener) => listener[Symbol.asyncDispose]()));
    for (const connection of this.#open.keys()) connection.stopReading();
    await this.#idleIntake();
    // The last acknowledgements leave in the turn of the event loop that follows.
    await new Promise((resolve) => setImmediate(resolve));
    for (const connection of this.#open.keys()) connection.noteEnding('shutdown');
    await new Promise<void>((resolve) => aedes.close(resolve));
    for (const connection of this.#open.keys()) connection.destroy();
    await listenersClosed;
    // Closing published the wills.
    await this.#idleIntake();
    expiry[Symbol.dispose]();
    connections[Symbol.dispose]();
    this.#keepAlive[Symbol.dispose]();
    refusals[Symbol.dispose]();
  }

  async #idleIntake(): Promise<void> {
    const { clock, intake, limits } = this.#parts;
    const waiting = new AbortController();
    await Promise.race([intake.idle(), wait(clock, limits.drainTimeoutMs, waiting.signal)]);
    waiting.abort();
  }
}

async function reloadOne(listener: Listener): Promise<CertificateReload> {
  try {
    await listener.reload();
    return { listener: listener.status() };
  } catch (error) {
    if (!(error instanceof WaystationError)) throw error;
    return { listener: listener.status(), error: { code: error.code, message: error.message } };
  }
}

function hearEngine(aedes: Aedes): void {
  // Aedes destroys the connection next.
  aedes.on('keepaliveTimeout', (client) => (client.conn as GuardedConnection).noteEnding('keepAlive'));
  // Not among the declared events.
  (aedes as EventEmitter).on('error', (cause: Error) => {
    // Sessions are in memory, so looking them up cannot fail; if it does, messages would be lost without a word.
    throw new InvariantError('the session store failed', { cause });
  });
}

/** What to change, where the reason alone does not say it. */
const GUARD_TEXTS: Partial<Record<GuardRefusal, string>> = {
  packetTooLarge: 'a packet is larger than broker.limits.maxPacketBytes, or before the login than maxConnectBytes',
  connectTooLarge: 'what came before the login is more than broker.limits.maxConnectBytes',
  slowReader:
    'the client does not read what it is sent, for broker.limits.drainTimeoutMs or of more than maxUnsentBytes',
  notMqtt: 'what it sent is not MQTT; a client that speaks TLS needs a listener of type mqtts',
};
