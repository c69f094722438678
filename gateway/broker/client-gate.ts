import type { EventEmitter } from 'node:events';
import type { AedesOptions, Client, ConnackPacket, ConnectPacket, Subscription } from 'aedes';
import { isTopicFilter } from '#gateway/model/topic-filter.ts';
import type { Accounts } from './accounts.ts';
import type { GuardedConnection } from './guarded-connection.ts';
import { type Intake, RefusedError, type Session } from './intake.ts';
import { type ConnectVerdict, judgeConnect } from './judge-connect.ts';
import { quote, type Refusals } from './refusals.ts';

/** What {@link ClientGate} needs. */
export interface ClientGateOptions {
  readonly accounts: Accounts;
  readonly intake: Intake;
  readonly refusals: Refusals;
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
  welcome(client: Client, connection: GuardedConnection, isLoopback: boolean): void {
    this.#peers.set(client, { connection, isLoopback, verdict: undefined, session: undefined });
    parserOf(client).prependListener('packet', (packet: { cmd: string; subscriptions?: Subscription[] }) => {
      if (packet.cmd === 'subscribe') this.#limitSubscriptions(client, packet.subscriptions ?? []);
    });
  }

  /** The client knows that it is logged in. @returns its connection, if it is */
  admit(client: Client, connack: ConnackPacket): GuardedConnection | undefined {
    const connection = connack.returnCode === 0 ? this.#peers.get(client)?.connection : undefined;
    connection?.admit();
    return connection;
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
        const verdict = this.#peers.get(client)?.verdict;
        if (verdict?.isAccepted) return done(null, true);
        const error = new RefusedError(verdict?.text ?? 'no CONNECT was seen');
        done(Object.assign(error, { returnCode: verdict?.returnCode ?? NOT_AUTHORIZED }), null);
      },
      authorizePublish: (client, packet, done) => {
        const session = client === null ? undefined : this.#peers.get(client)?.session;
        if (client === null || session === undefined) return done(new RefusedError('published without a session'));
        this.#options.intake.receive(client, session, packet, done);
      },
      authorizeSubscribe: (client, subscription, done) => {
        if (this.#maySubscribe(client, subscription.topic)) return done(null, subscription);
        const text = `may not subscribe to ${quote(subscription.topic)}`;
        this.#options.refusals.note({ reason: 'notAuthorized', client: client.id, code: 'broker.notAuthorized', text });
        done(null, null);
      },
      authorizeForward: (client, packet) =>
        this.#peers.get(client)?.session?.rights.mayReceive(packet.topic) ? packet : null,
    };
  }

  #judge(client: Client, packet: ConnectPacket): void {
    const peer = this.#peers.get(client);
    if (peer === undefined) return;
    const verdict = judgeConnect(
      {
        clientId: packet.clientId,
        isCleanSession: packet.clean === true,
        username: packet.username,
        password: packet.password,
        willTopic: packet.will?.topic,
        isLoopback: peer.isLoopback,
      },
      this.#options.accounts,
    );
    peer.verdict = verdict;
    if (verdict.isAccepted) {
      const { connection } = peer;
      peer.session = { connection, rights: verdict.rights, will: packet.will, isRefused: false };
      return;
    }
    const { reason, text } = verdict;
    const { clientId, username: user } = packet;
    this.#options.refusals.note({ reason, client: peer.connection.remoteAddress, text }, { clientId, user });
  }

  /**
   * Grants QoS 1 at most, before Aedes writes down what it will grant.
   * A filter that will be refused is asked for with QoS 0: Aedes remembers the refused ones of a persistent session
   * too, and would queue for them whatever comes with QoS 1.
   */
  #limitSubscriptions(client: Client, subscriptions: readonly Subscription[]): void {
    for (const subscription of subscriptions) {
      if (!this.#maySubscribe(client, subscription.topic)) subscription.qos = 0;
      else if (subscription.qos === 2) subscription.qos = 1;
    }
  }

  #maySubscribe(client: Client, filter: string): boolean {
    return isTopicFilter(filter) && this.#peers.get(client)?.session?.rights.maySubscribe(filter) === true;
  }
}

type HookName = 'preConnect' | 'authenticate' | 'authorizePublish' | 'authorizeSubscribe' | 'authorizeForward';

interface Peer {
  readonly connection: GuardedConnection;
  readonly isLoopback: boolean;
  verdict: ConnectVerdict | undefined;
  session: Session | undefined;
}

const NOT_AUTHORIZED = 5;
// The parser lets 3 pass.
const MAX_WILL_QOS = 2;

function parserOf(client: Client): EventEmitter {
  // Private in Aedes, which is pinned: no hook sees a SUBSCRIBE before its grants are fixed. A test fails if this goes.
  return (client as unknown as { readonly _parser: EventEmitter })._parser;
}
