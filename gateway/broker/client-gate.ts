import type { EventEmitter } from 'node:events';
import type { AedesOptions, Client, ConnackPacket, ConnectPacket, Subscription } from 'aedes';
import type { BrokerLimits } from '#gateway/model/broker-limits.ts';
import { isTopicFilter } from '#gateway/model/topic-filter.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import { disguise, isStrange, isTooDeep, reveal } from './disguise.ts';
import type { GuardedConnection } from './guarded-connection.ts';
import type { Account } from './identity/account.ts';
import type { Accounts } from './identity/accounts.ts';
import { type ConnectRefusal, type ConnectVerdict, judgeClaim, judgeConnect } from './identity/judge-connect.ts';
import type { LoginGuard } from './identity/login-guard.ts';
import { type Intake, RefusedError, type Session } from './intake.ts';
import type { Arrival } from './listeners/arrival.ts';
import { quote, type Refusal, type Refusals } from './refusals.ts';
import type { Connections } from './seen/connections.ts';
import type { SessionLedger } from './session-ledger.ts';

/** What {@link ClientGate} needs. */
export interface ClientGateOptions {
  readonly accounts: Accounts;
  readonly guard: LoginGuard;
  readonly clock: Clock;
  readonly ledger: SessionLedger;
  readonly intake: Intake;
  readonly refusals: Refusals;
  readonly connections: Connections;
  readonly limits: Pick<BrokerLimits, 'maxSubscriptions'>;
}

/**
 * Answers what Aedes asks about a client: may it connect, subscribe, receive [B6]? Publishes go on to the intake.
 * The one place where a CONNECT is seen.
 */
export class ClientGate {
  readonly #options: ClientGateOptions;
  readonly #peers = new WeakMap<Client, Peer>();

  constructor(options: ClientGateOptions) {
    this.#options = options;
  }

  /** Told of every client that Aedes makes, before its first packet. */
  welcome(client: Client, connection: GuardedConnection, arrival: Arrival): void {
    this.#peers.set(client, { connection, arrival, login: undefined, session: undefined, filters: new Set() });
    parserOf(client).prependListener('packet', (packet: ClientPacket) => {
      if (packet.cmd === 'disconnect') connection.noteEnding('byClient');
      if (packet.cmd === 'publish' && isStrange(packet.topic)) disguise(packet);
      if (packet.cmd === 'subscribe') this.#limitSubscriptions(client, packet.subscriptions ?? []);
      if (packet.cmd === 'unsubscribe') this.#unsubscribe(client, packet.unsubscriptions ?? []);
    });
    // Aedes hears of it next, and destroys the connection.
    parserOf(client).prependListener('error', (error: Error) =>
      connection.noteEnding('protocolViolation', error.message),
    );
  }

  /** The client knows that it is logged in. @returns its connection, if it is */
  admit(client: Client, connack: ConnackPacket): GuardedConnection | undefined {
    const peer = this.#peers.get(client);
    if (peer === undefined || connack.returnCode !== 0) return undefined;
    const { connection, login, filters } = peer;
    const account = peer.session?.account;
    this.#options.connections.logIn(connection, {
      clientId: client.id,
      username: login?.username,
      protocolVersion: login?.protocolVersion ?? 4,
      keepAliveSeconds: login?.keepAliveSeconds ?? 0,
      isPersistent: !client.clean,
      holdings: () => ({ subscriptionCount: filters.size, inflightCount: 0, queuedCount: 0, queuedBytes: 0 }),
    });
    connection.admit(account?.throttle);
    return connection;
  }

  /** Who that is, once its login was accepted. */
  identify(client: Client): { readonly name: string; readonly account: Account | undefined } | undefined {
    const session = this.#peers.get(client)?.session;
    return session === undefined ? undefined : { name: client.id, account: session.account };
  }

  /** Whether the client has subscribed to this and may. */
  isGranted(client: Client, filter: string): boolean {
    return this.#peers.get(client)?.filters.has(filter) === true;
  }

  /** The hooks, for Aedes' options. */
  hooks(): Required<Pick<AedesOptions, HookName>> {
    return {
      preConnect: (client, packet, done) => {
        const isWillSound = (packet.will?.qos ?? 0) <= MAX_WILL_QOS;
        if (isWillSound) this.#judge(client, packet);
        done(isWillSound ? null : new Error('the will has QoS 3 [MQTT-3.1.2-14]'), isWillSound);
      },
      authenticate: (client, _username, _password, done) => {
        const verdict = this.#logIn(client);
        if (verdict?.isAccepted) return done(null, true);
        const error = new RefusedError(verdict?.text ?? 'no CONNECT was seen');
        const answer = () => done(Object.assign(error, { returnCode: verdict?.returnCode ?? NOT_AUTHORIZED }), null);
        const delayMs = verdict?.delayMs ?? 0;
        if (delayMs === 0) answer();
        else this.#options.clock.schedule(delayMs, answer);
      },
      authorizePublish: (client, packet, done) => {
        reveal(packet);
        const session = client === null ? undefined : this.#peers.get(client)?.session;
        if (client === null || session === undefined) return done(new RefusedError('published without a session'));
        this.#options.intake.receive(client, session, packet, done);
      },
      authorizeSubscribe: (client, subscription, done) => {
        reveal(subscription);
        const refused = this.#subscribe(client, subscription.topic);
        if (refused === undefined) return done(null, subscription);
        const user = this.#peers.get(client)?.session?.account?.username;
        this.#options.refusals.note({ ...refused, client: client.id }, { user, topic: subscription.topic });
        done(null, null);
      },
      authorizeForward: (client, packet) =>
        this.#peers.get(client)?.session?.rights.mayReceive(packet.topic) ? packet : null,
    };
  }

  #judge(client: Client, packet: ConnectPacket): void {
    const peer = this.#peers.get(client);
    if (peer === undefined) return;
    const { clientId, username, protocolVersion = 4 } = packet;
    const login = {
      clientId,
      username,
      protocolVersion,
      isCleanSession: packet.clean === true,
      password: packet.password,
      willTopic: packet.will?.topic,
      isLoopback: peer.arrival.isLocal,
      address: peer.arrival.address,
      certificateUser: peer.arrival.certificateUser,
    };
    const verdict = judgeConnect(login, this.#options);
    const user = verdict.isAccepted ? verdict.username : username;
    peer.login = { username: user, protocolVersion, keepAliveSeconds: packet.keepalive ?? 0, verdict };
    if (!verdict.isAccepted) {
      this.#noteRefusal(peer, verdict, clientId);
      return;
    }
    const { connection } = peer;
    const account = this.#options.accounts.find(verdict.username);
    // From now on: a revocation between here and CONNACK must find it.
    account?.join(connection);
    peer.session = { connection, account, rights: verdict.rights, will: packet.will, isRefused: false };
  }

  /** Aedes has given the client its id, and looks up its session next. */
  #logIn(client: Client): ConnectVerdict | undefined {
    const peer = this.#peers.get(client);
    if (peer?.login === undefined || peer.connection.destroyed) return undefined;
    const { username, verdict } = peer.login;
    if (!verdict.isAccepted) return verdict;
    const { ledger } = this.#options;
    const clientId = client.id;
    const claimRefusal = ledger.claim({ clientId, username, isCleanSession: client.clean });
    if (claimRefusal === undefined) {
      this.#options.connections.takeOver(clientId);
      peer.connection.once('close', () => ledger.release(clientId));
      return verdict;
    }
    const refused = judgeClaim(claimRefusal, clientId);
    this.#noteRefusal(peer, refused, clientId);
    return refused;
  }

  /** By the address: the peer has no session yet, and could give another client id each time. */
  #noteRefusal(peer: Peer, { reason, text }: ConnectRefusal, clientId: string): void {
    const fields = { clientId, user: peer.login?.username };
    peer.connection.noteEnding(reason, text);
    this.#options.refusals.note({ reason, client: peer.connection.remoteAddress, text }, fields);
  }

  /**
   * Grants QoS 1 at most, before Aedes writes down what it will grant, and notes what is granted before it is stored.
   */
  #limitSubscriptions(client: Client, subscriptions: readonly Subscription[]): void {
    for (const [index, subscription] of subscriptions.entries()) {
      this.#subscribe(client, subscription.topic);
      if (subscription.qos === 2) subscription.qos = 1;
      if (isTooDeep(subscription.topic)) disguise(subscription, index);
    }
  }

  /** Asked twice for each filter, and once for one that is restored; the second time changes nothing. */
  #subscribe(client: Client, filter: string): Omit<Refusal, 'client'> | undefined {
    const peer = this.#peers.get(client);
    const rights = peer?.session?.rights;
    if (!(peer && rights && isTopicFilter(filter) && rights.maySubscribe(filter))) {
      const text = `may not subscribe to ${quote(filter)}: ${rights?.whyNotSubscribe(filter) ?? 'no session'}`;
      return { reason: 'notAuthorized', code: 'broker.notAuthorized', text };
    }
    const { maxSubscriptions } = this.#options.limits;
    if (!peer.filters.has(filter) && peer.filters.size >= maxSubscriptions) {
      const text = `may not subscribe to ${quote(filter)}: the client has ${maxSubscriptions} subscriptions already`;
      return { reason: 'tooManySubscriptions', text };
    }
    peer.filters.add(filter);
    return undefined;
  }

  #unsubscribe(client: Client, filters: readonly string[]): void {
    for (const filter of filters) this.#peers.get(client)?.filters.delete(filter);
  }
}

type HookName = 'preConnect' | 'authenticate' | 'authorizePublish' | 'authorizeSubscribe' | 'authorizeForward';

type ClientPacket =
  | { readonly cmd: 'disconnect' }
  | { readonly cmd: 'publish'; topic: string }
  | { readonly cmd: 'subscribe'; readonly subscriptions?: Subscription[] }
  | { readonly cmd: 'unsubscribe'; readonly unsubscriptions?: string[] };

interface Peer {
  readonly connection: GuardedConnection;
  readonly arrival: Arrival;
  /** From the CONNECT packet. */
  login:
    | {
        readonly username: string | undefined;
        readonly protocolVersion: number;
        readonly keepAliveSeconds: number;
        readonly verdict: ConnectVerdict;
      }
    | undefined;
  session: Session | undefined;
  /** What the client has subscribed to. */
  readonly filters: Set<string>;
}

const NOT_AUTHORIZED = 5;
// The parser lets 3 pass.
const MAX_WILL_QOS = 2;

function parserOf(client: Client): EventEmitter {
  // Private in Aedes, which is pinned: no hook sees a SUBSCRIBE before its grants are fixed. A test fails if this goes.
  return (client as unknown as { readonly _parser: EventEmitter })._parser;
}
