/**
 * Who is connected, who was not long ago, and why each connection ended: what an operator asks about clients.
 *
 * It never decides anything: whoever closes a connection says why (`GuardedConnection.close`), and this is told at its end.
 * Start reading here; `disconnect-reason.ts` lists the reasons, `system-topics.ts` is the view for MQTT clients.
 */
import type { GuardedConnection, Traffic } from '#gateway/broker/guarded-connection.ts';
import { clip, type Refusal, type Refusals } from '#gateway/broker/refusals.ts';
import type { GoneClient, KnownClient, LiveClient, LiveClients } from '#gateway/model/live-clients.ts';
import type { Cancel, Clock } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { type DisconnectReason, isOrdinary } from './disconnect-reason.ts';
import { FlowMeter } from './flow-meter.ts';
import { nameOfClient } from './name-of-client.ts';

/** Between two samples of what goes over the connections. */
export const SAMPLE_INTERVAL_MS = 10_000;
/** Clients that are remembered when they have gone. */
export const MAX_GONE_CLIENTS = 50;

/** What {@link Connections} needs. */
export interface ConnectionsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly refusals: Refusals;
}

/** A client that has its CONNACK. */
export interface Login {
  readonly clientId: string;
  readonly username: string | undefined;
  /** 4 is MQTT 3.1.1, 3 is MQTT 3.1. */
  readonly protocolVersion: number;
  readonly keepAliveSeconds: number;
  readonly isPersistent: boolean;
  /** Looked at when somebody asks. */
  readonly holdings: () => Holdings;
}

/** What the session of a client holds now. */
export type Holdings = Pick<LiveClient, 'subscriptionCount' | 'inflightCount' | 'queuedCount' | 'queuedBytes'>;

/** The connections of the broker. */
export class Connections implements Disposable {
  readonly #options: ConnectionsOptions;
  readonly #open = new Map<GuardedConnection, OpenConnection>();
  readonly #byClientId = new Map<string, OpenConnection>();
  /** Oldest first. */
  readonly #gone = new Map<string, { readonly client: Omit<GoneClient, 'goneSeconds'>; readonly atMs: number }>();
  readonly #disconnects: Partial<Record<DisconnectReason, number>> = {};
  /** Of connections that have ended. */
  readonly #ended = { receivedBytes: 0, sentBytes: 0, receivedPublishCount: 0, sentPublishCount: 0 };
  #connectionCount = 0;
  #maximumCount = 0;
  #cancelSample: Cancel;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    options.refusals.watch((refusal) => this.#noteRefusal(refusal));
    this.#cancelSample = options.clock.schedule(SAMPLE_INTERVAL_MS, () => this.#sample());
  }

  /** How many connections ended for each reason. */
  get disconnects(): Readonly<Record<string, number>> {
    return { ...this.#disconnects };
  }

  /** Clients logged in now. */
  get clientCount(): number {
    return this.#byClientId.size;
  }

  /** Most clients that were ever logged in at once. */
  get maximumCount(): number {
    return this.#maximumCount;
  }

  /** What has gone over all connections so far. */
  totals(): Traffic & { readonly connectionCount: number } {
    const sum = { ...this.#ended, connectionCount: this.#connectionCount };
    for (const { connection } of this.#open.values()) addTraffic(sum, connection.traffic);
    return sum;
  }

  /** A connection was accepted. @param listener type and port */
  add(connection: GuardedConnection, listener: string): void {
    const nowMs = this.#options.clock.monotonicMs();
    const opened: OpenConnection = {
      connection,
      listener,
      address: connection.remoteAddress,
      sinceMs: nowMs,
      meter: new FlowMeter(nowMs),
      login: undefined,
      lastError: undefined,
    };
    this.#open.set(connection, opened);
    this.#connectionCount++;
    connection.once('close', () => this.#remove(opened));
  }

  /** A connection ended, perhaps before it spoke MQTT: there is no more to tell of it than why then. */
  countEnd(reason: DisconnectReason): void {
    this.#disconnects[reason] = (this.#disconnects[reason] ?? 0) + 1;
  }

  /** A client has its CONNACK. */
  logIn(connection: GuardedConnection, login: Login): void {
    const opened = this.#open.get(connection);
    if (opened === undefined) return;
    opened.login = login;
    this.#byClientId.set(login.clientId, opened);
    this.#maximumCount = Math.max(this.#maximumCount, this.#byClientId.size);
  }

  /** Everyone who is logged in, and those who left last. */
  list(): LiveClients {
    const nowMs = this.#options.clock.monotonicMs();
    const clients = [...this.#byClientId.values()].flatMap((opened) => liveClient(opened, nowMs));
    const gone = [...this.#gone.values()].map(({ client, atMs }) => ({
      ...client,
      goneSeconds: seconds(nowMs - atMs),
    }));
    return {
      clients: clients.sort((a, b) => (a.client < b.client ? -1 : 1)),
      gone: gone.reverse(),
    };
  }

  [Symbol.dispose](): void {
    this.#cancelSample();
  }

  #sample(): void {
    const { clock } = this.#options;
    const nowMs = clock.monotonicMs();
    for (const { connection, meter } of this.#open.values()) meter.sample(nowMs, connection.traffic);
    this.#cancelSample = clock.schedule(SAMPLE_INTERVAL_MS, () => this.#sample());
  }

  #noteRefusal({ client, text }: Refusal): void {
    const opened = this.#byClientId.get(client);
    if (opened !== undefined) opened.lastError = text;
  }

  #remove(opened: OpenConnection): void {
    const { connection, login, address, sinceMs } = opened;
    const { clock, logger, refusals } = this.#options;
    const { reason, text } = connection.ending ?? { reason: 'peerClosed' };
    const client = login?.clientId ?? address;
    const nowMs = clock.monotonicMs();
    const connectedSeconds = seconds(nowMs - sinceMs);
    this.countEnd(reason);
    this.#open.delete(connection);
    addTraffic(this.#ended, connection.traffic);
    const { listener } = opened;
    if (isNews(reason)) {
      const fields = { address, listener, ...(login?.username === undefined ? {} : { user: login.username }) };
      refusals.note({ reason, client, text: text ?? reason }, fields);
    }
    logger.debug(
      { client: clip(nameOfClient(client)), address, listener, reason, connectedSeconds, detail: text },
      'a connection ended',
    );
    if (login === undefined) return;
    if (this.#byClientId.get(login.clientId) === opened) this.#byClientId.delete(login.clientId);
    this.#remember(opened, login, { reason, text, connectedSeconds });
  }

  #remember(opened: OpenConnection, login: Login, ended: Ended): void {
    const { reason, text, connectedSeconds } = ended;
    const lastError = isOrdinary(reason) ? opened.lastError : (text ?? opened.lastError);
    const said = lastError === undefined ? {} : { lastError: lastError.slice(0, MAX_ERROR_CHARS) };
    const client = { ...known(opened, login), connectedSeconds, reason, ...said };
    this.#gone.delete(login.clientId);
    this.#gone.set(login.clientId, { client, atMs: this.#options.clock.monotonicMs() });
    const [oldest] = this.#gone.keys();
    if (oldest !== undefined && this.#gone.size > MAX_GONE_CLIENTS) this.#gone.delete(oldest);
  }
}

function addTraffic(sum: { -readonly [Key in keyof Traffic]: number }, traffic: Traffic): void {
  sum.receivedBytes += traffic.receivedBytes;
  sum.sentBytes += traffic.sentBytes;
  sum.receivedPublishCount += traffic.receivedPublishCount;
  sum.sentPublishCount += traffic.sentPublishCount;
}

interface OpenConnection {
  readonly connection: GuardedConnection;
  readonly listener: string;
  /** Kept, because a socket forgets it when it closes. */
  readonly address: string;
  readonly sinceMs: number;
  readonly meter: FlowMeter;
  login: Login | undefined;
  lastError: string | undefined;
}

interface Ended {
  readonly reason: DisconnectReason;
  readonly text: string | undefined;
  readonly connectedSeconds: number;
}

const MAX_ERROR_CHARS = 256;

/** All other refusals have been noted where they were decided. */
function isNews(reason: DisconnectReason): reason is 'protocolViolation' | 'revoked' {
  return reason === 'protocolViolation' || reason === 'revoked';
}

function liveClient({ login, ...opened }: OpenConnection, nowMs: number): LiveClient[] {
  if (login === undefined) return [];
  return [
    {
      ...known(opened, login),
      connectedSeconds: seconds(nowMs - opened.sinceMs),
      protocol: login.protocolVersion === 3 ? '3.1' : '3.1.1',
      keepAliveSeconds: login.keepAliveSeconds,
      isPersistent: login.isPersistent,
      ...opened.meter.read(nowMs, opened.connection.traffic),
      ...login.holdings(),
      ...(opened.lastError === undefined ? {} : { lastError: opened.lastError.slice(0, MAX_ERROR_CHARS) }),
    },
  ];
}

function known({ address, listener }: Pick<OpenConnection, 'address' | 'listener'>, login: Login): KnownClient {
  const user = login.username === undefined ? {} : { user: login.username };
  return { client: nameOfClient(login.clientId), ...user, address, listener };
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
