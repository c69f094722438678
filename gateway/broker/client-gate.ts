import type { EventEmitter } from 'node:events';
import type { Aedes, AedesOptions, Client, ConnackPacket, ConnectPacket, Subscription } from 'aedes';
import type { BrokerLimits } from '#gateway/model/broker-limits.ts';
import type { WaystationError } from '#gateway/model/errors.ts';
import { isTopicFilter } from '#gateway/model/topic-filter.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { Delivery } from './delivery/delivery.ts';
import { disguise, isStrange, isTooDeep, reveal } from './disguise.ts';
import type { StateRecorder } from './durable/state-recorder.ts';
import { failureReason } from './failure-reason.ts';
import type { GuardedConnection } from './guarded-connection.ts';
import type { Account } from './identity/account.ts';
import type { Accounts } from './identity/accounts.ts';
import { type ConnectRefusal, type ConnectVerdict, judgeClaim, judgeConnect } from './identity/judge-connect.ts';
import type { LoginGuard } from './identity/login-guard.ts';
import type { TopicRights } from './identity/topic-rights.ts';
import { type Intake, type Login, RefusedError } from './intake.ts';
import type { Arrival } from './listeners/arrival.ts';
import { PRESENT_SESSION } from './persistence/engine-persistence.ts';
import { type EnginePacket, messageOf } from './persistence/stored-packet.ts';
import { quote, type Refusal, type Refusals } from './refusals.ts';
import type { Connections } from './seen/connections.ts';
import { nameOfClient } from './seen/name-of-client.ts';
import type { Session, SessionHolder } from './sessions/session.ts';
import type { Sessions } from './sessions/sessions.ts';

/** What {@link ClientGate} needs. */
export interface ClientGateOptions {
  readonly accounts: Accounts;
  readonly guard: LoginGuard;
  readonly clock: Clock;
  readonly sessions: Sessions;
  readonly delivery: Delivery;
  readonly recorder: StateRecorder;
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
    const close: SessionHolder['close'] = (reason, text) => {
      connection.noteEnding(reason, text);
      client.close();
    };
    const peer: Peer = {
      connection,
      arrival,
      close,
      claim: undefined,
      login: undefined,
      will: undefined,
      mustSettle: false,
    };
    this.#peers.set(client, peer);
    parserOf(client).prependListener('packet', (packet: ClientPacket) => {
      if (packet.cmd === 'disconnect') {
        connection.noteEnding('byClient');
        // It is not published then [MQTT-3.14.4-3].
        this.#endWill(peer);
      } else if (packet.cmd === 'publish') {
        if (isStrange(packet.topic)) disguise(packet);
      } else if (packet.cmd === 'subscribe') disguiseStrange(packet.subscriptions ?? []);
      // Of a persistent session the engine tells us itself.
      else if (packet.cmd === 'pubrec' && client.clean) this.#release(client, packet.messageId);
    });
    // Aedes hears of it next, and destroys the connection.
    parserOf(client).prependListener('error', (error: Error) =>
      connection.noteEnding('protocolViolation', error.message),
    );
  }

  /** Listens to what Aedes says about clients that are logged in. */
  attachTo(aedes: Aedes): void {
    aedes.on('subscribe', (subscriptions, client) => {
      const session = this.sessionOf(client);
      const granted = subscriptions.filter(({ qos }) => qos <= 2).map(({ topic }) => topic);
      if (session !== undefined) this.#options.delivery.sendRetained(session, new Set(granted));
    });
    aedes.on('unsubscribe', (filters, client) => {
      const session = this.sessionOf(client);
      // From a persistent session they have been taken before the answer waited for the disk; what was subscribed since stays.
      if (session === undefined || client.closed || !client.clean) return;
      for (const filter of filters) this.#options.sessions.unsubscribe(session, filter);
    });
  }

  /** The client knows that it is logged in. @returns its connection, if it is */
  admit(client: Client, connack: ConnackPacket): GuardedConnection | undefined {
    const peer = this.#peers.get(client);
    if (connack.returnCode !== 0 || peer?.login === undefined) return undefined;
    const { connection, claim, login } = peer;
    const { session, account } = login;
    this.#options.connections.logIn(connection, {
      clientId: client.id,
      username: session.username,
      protocolVersion: claim?.protocolVersion ?? 4,
      keepAliveSeconds: claim?.keepAliveSeconds ?? 0,
      isPersistent: session.isPersistent,
      holdings: () => ({
        subscriptionCount: session.subscriptions.size,
        inflightCount: session.outgoing.inflightCount,
        queuedCount: session.outgoing.length,
        queuedBytes: session.outgoing.sizeBytes,
      }),
    });
    if (session.holder === peer) {
      const { delivery } = this.#options;
      session.connection = connection;
      connection.on('drain', () => delivery.refill(session));
      delivery.refill(session);
    }
    // Of a client that is gone by now it has been published.
    if (login.will !== undefined && !client.closed) {
      const message = messageOf(login.will, client.id);
      peer.will = this.#options.recorder.willLeft({ username: session.username, message });
    }
    connection.admit(account?.throttle);
    return connection;
  }

  /** It needs not be published at the next start. */
  #endWill(peer: Peer): void {
    if (peer.will !== undefined) this.#options.recorder.willEnded(peer.will);
    peer.will = undefined;
  }

  /** Who that is, once its login was accepted. */
  identify(client: Client): { readonly name: string; readonly account: Account | undefined } | undefined {
    const login = this.#peers.get(client)?.login;
    return login === undefined ? undefined : { name: client.id, account: login.account };
  }

  /** The session of a client that is logged in. */
  sessionOf(client: Client): Session | undefined {
    return this.#peers.get(client)?.login?.session;
  }

  /** The rights of an account have changed: what they do not cover any more is taken from its sessions, connected or stored. */
  reviewSubscriptions(username: string): void {
    const { sessions, accounts } = this.#options;
    for (const session of sessions) {
      if (session.username === username) this.#review(session, accounts.rightsOf(username, session.clientId));
    }
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
        if (!verdict?.isAccepted) {
          const answer = () => done(refusedLogin(verdict), null);
          const delayMs = verdict?.delayMs ?? 0;
          if (delayMs === 0) answer();
          else this.#options.clock.schedule(delayMs, answer);
          return;
        }
        if (!this.#peers.get(client)?.mustSettle) return done(null, true);
        // What ends or begins here is durable before CONNACK speaks of it.
        this.#options.recorder.settle((error) => {
          if (error === undefined) done(null, true);
          else done(refusedLogin({ text: error.message, returnCode: SERVER_UNAVAILABLE }), null);
        });
      },
      authorizePublish: (client, packet, done) => {
        reveal(packet);
        const peer = client === null ? undefined : this.#peers.get(client);
        if (client === null || peer?.login === undefined) return done(new RefusedError('published without a session'));
        const { login } = peer;
        if (packet !== login.will) return this.#options.intake.receive(client, login, packet, done);
        this.#options.intake.receive(client, login, packet, (error) => {
          this.#endWill(peer);
          done(error);
        });
      },
      authorizeSubscribe: (client, subscription, done) => {
        // Later: Aedes notes that a session is present behind the call that looks at its subscriptions.
        if (subscription.topic === PRESENT_SESSION.topic) return queueMicrotask(() => done(null, null));
        reveal(subscription);
        const refused = this.#subscribe(client, subscription);
        if (refused === undefined) {
          if (client.clean) return done(null, subscription);
          return this.#options.recorder.settle((error) => {
            if (error !== undefined) this.#noteFailure(client, error);
            done(error ?? null, subscription);
          });
        }
        const { id: clientId } = client;
        this.#noteRefusedFilter(this.sessionOf(client) ?? { clientId }, refused, subscription.topic);
        done(null, null);
      },
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
    const { keepalive: keepAliveSeconds = 0, will } = packet;
    peer.claim = { username: user, protocolVersion, keepAliveSeconds, verdict, will };
    if (!verdict.isAccepted) this.#noteRefusal(peer, verdict, clientId);
    // From now on: a revocation between here and CONNACK must find it.
    else this.#options.accounts.find(user)?.join(peer.connection);
  }

  /** Aedes has given the client its id, and goes on with its session next. */
  #logIn(client: Client): ConnectVerdict | undefined {
    const peer = this.#peers.get(client);
    if (peer?.claim === undefined || peer.connection.destroyed) return undefined;
    const { username, verdict, will } = peer.claim;
    if (!verdict.isAccepted) return verdict;
    const { sessions, accounts } = this.#options;
    const claim = sessions.claim({ clientId: client.id, username, isPersistent: !client.clean }, peer);
    if (!claim.isGranted) {
      const refused = judgeClaim(claim.refusal, client.id, username);
      this.#noteRefusal(peer, refused, client.id);
      return refused;
    }
    const { session } = claim;
    const { connection } = peer;
    const { rights } = verdict;
    connection.once('close', () => sessions.release(session, peer));
    const account = accounts.find(username);
    peer.mustSettle = claim.mustSettle;
    peer.login = { connection, account, rights, will, session, isRefused: false };
    // A stored subscription may stem from a time with other rights.
    if (session.rights !== rights) this.#review(session, rights);
    session.rights = rights;
    return verdict;
  }

  #review(session: Session, rights: TopicRights): void {
    for (const filter of [...session.subscriptions.keys()]) {
      if (rights.maySubscribe(filter)) continue;
      this.#options.sessions.unsubscribe(session, filter);
      this.#noteRefusedFilter(session, notAuthorized(filter, rights), filter);
    }
  }

  /** By the address: the peer has no session yet, and could give another client id each time. */
  #noteRefusal(peer: Peer, { reason, text }: ConnectRefusal, clientId: string): void {
    const user = peer.claim?.username;
    const { listener } = peer.arrival;
    peer.connection.noteEnding(reason, text);
    const refusal = { reason, client: peer.connection.remoteAddress, detail: `${user ?? ''} ${clientId}`, text };
    this.#options.refusals.note(refusal, { listener, clientId: nameOfClient(clientId), user });
  }

  /** What a client asked for could not be written down. Aedes destroys its connection next, for no fault of the client's. */
  #noteFailure(client: Client, error: WaystationError): void {
    const reason = failureReason(error);
    this.#peers.get(client)?.connection.noteEnding(reason, error.message);
    this.#options.refusals.note({ reason, client: client.id, code: error.code, text: error.message });
  }

  #noteRefusedFilter(whose: WhoseFilter, refused: RefusedFilter, filter: string): void {
    const { clientId, username: user } = whose;
    this.#options.refusals.note({ ...refused, client: clientId }, { user, topic: filter });
  }

  #subscribe(client: Client, { topic: filter, qos }: Subscription): RefusedFilter | undefined {
    const login = this.#peers.get(client)?.login;
    if (login === undefined) return notAuthorized(filter, undefined);
    const { rights, session } = login;
    if (!(isTopicFilter(filter) && rights.maySubscribe(filter))) return notAuthorized(filter, rights);
    const { limits, sessions } = this.#options;
    const { subscriptions } = session;
    if (!subscriptions.has(filter) && subscriptions.size >= limits.maxSubscriptions) {
      const text = `may not subscribe to ${quote(filter)}: the client has ${limits.maxSubscriptions} subscriptions already`;
      return { reason: 'tooManySubscriptions', text };
    }
    if (session.isPersistent && this.#options.recorder.isFull) {
      return { reason: 'journalFull', text: `may not subscribe to ${quote(filter)}: the disk takes no more` };
    }
    sessions.subscribe(session, filter, qos);
    return undefined;
  }

  #release(client: Client, packetId: number): void {
    const session = this.sessionOf(client);
    if (session !== undefined) this.#options.delivery.release(session, packetId);
  }
}

type HookName = 'preConnect' | 'authenticate' | 'authorizePublish' | 'authorizeSubscribe';

type ClientPacket =
  | { readonly cmd: 'disconnect' }
  | { readonly cmd: 'publish'; topic: string }
  | { readonly cmd: 'subscribe'; readonly subscriptions?: Subscription[] }
  | { readonly cmd: 'pubrec'; readonly messageId: number };

type RefusedFilter = Omit<Refusal, 'client'>;
type WhoseFilter = Pick<Session, 'clientId'> & { readonly username?: string | undefined };

interface Peer extends SessionHolder {
  readonly connection: GuardedConnection;
  readonly arrival: Arrival;
  /** From the CONNECT packet. */
  claim: ConnectClaim | undefined;
  login: Login | undefined;
  /** Number of its will, see `StateRecorder.willLeft`. */
  will: number | undefined;
  /** The login began or ended a session that is written down, and has to wait for that. */
  mustSettle: boolean;
}

interface ConnectClaim {
  readonly username: string | undefined;
  readonly protocolVersion: number;
  readonly keepAliveSeconds: number;
  readonly verdict: ConnectVerdict;
  readonly will: EnginePacket | undefined;
}

const SERVER_UNAVAILABLE = 3;
const NOT_AUTHORIZED = 5;
// The parser lets 3 pass.
const MAX_WILL_QOS = 2;

function refusedLogin(refused: Partial<Pick<ConnectRefusal, 'text' | 'returnCode'>> | undefined) {
  const error = new RefusedError(refused?.text ?? 'no CONNECT was seen');
  return Object.assign(error, { returnCode: refused?.returnCode ?? NOT_AUTHORIZED });
}

function notAuthorized(filter: string, rights: TopicRights | undefined): RefusedFilter {
  const text = `may not subscribe to ${quote(filter)}: ${rights?.whyNotSubscribe(filter) ?? 'no session'}`;
  if (rights?.isTooDeep(filter)) return { reason: 'topicTooDeep', text };
  return { reason: 'notAuthorized', code: 'broker.notAuthorized', text };
}

/** Of filters that are the same Aedes would answer the last only [MQTT-3.8.4-5]. */
function disguiseStrange(subscriptions: readonly Subscription[]): void {
  const seen = new Set<string>();
  for (const [index, subscription] of subscriptions.entries()) {
    const { topic } = subscription;
    if (isTooDeep(topic) || seen.has(topic)) disguise(subscription, index);
    seen.add(topic);
  }
}

function parserOf(client: Client): EventEmitter {
  // Private in Aedes, which is pinned: no hook sees a topic before its judgement of it, nor PUBREC of a clean session. A test fails if this goes.
  return (client as unknown as { readonly _parser: EventEmitter })._parser;
}
