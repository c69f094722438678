import type { Client, PublishPacket } from 'aedes';
import { Delivery } from '#gateway/broker/delivery/delivery.ts';
import { type DurableState, openDurableState } from '#gateway/broker/durable/open-durable-state.ts';
import type { StoredWill } from '#gateway/broker/durable/state-codec.ts';
import { Intake, type Login } from '#gateway/broker/intake.ts';
import { EnginePersistence } from '#gateway/broker/persistence/engine-persistence.ts';
import { Refusals } from '#gateway/broker/refusals.ts';
import { RetainedMessages } from '#gateway/broker/sessions/retained-messages.ts';
import type { SessionConnection } from '#gateway/broker/sessions/session.ts';
import { Sessions } from '#gateway/broker/sessions/sessions.ts';
import type { StatefulJournal } from '#gateway/journal/journal.ts';
import type { MemoryStorage } from '#gateway/journal/memory-storage.ts';
import { openTestJournal } from '#gateway/journal/open-test-journal.ts';
import { DEFAULT_LIMITS } from '#gateway/model/broker-limits.ts';
import type { Done, Message, Place, QoS, Stamp, StreamId } from '#gateway/model/message.ts';
import { parseStreamId } from '#gateway/model/names.ts';
import type { FakeClock } from '#gateway/runtime/fake-clock.ts';
import type { MemoryLogger } from '#gateway/runtime/memory-logger.ts';

/** First level of a topic to its stream; what begins otherwise is in none. */
export const STREAMS = ['alerts', 'telemetry'].map(parseStreamId).filter((id) => id !== undefined);

/** A client that is logged in, for one connection. */
export interface Line {
  readonly client: Client;
  readonly login: Login;
}

/**
 * The broker from its journal to its sessions, without Aedes and sockets: what happens between the start of a process and its end
 * by a power cut. Each method does what the gate does for the packet of that name.
 */
export class BrokerLife {
  readonly storage: MemoryStorage;
  readonly clock: FakeClock;
  readonly logger: MemoryLogger;
  readonly journal: StatefulJournal;
  readonly state: DurableState;
  readonly sessions: Sessions;
  readonly retained: RetainedMessages;
  /** Left by the life before. */
  wills: ReadonlyMap<number, StoredWill> = new Map();
  readonly #delivery: Delivery;
  readonly #intake: Intake;
  readonly #persistence: EnginePersistence;
  readonly #lines = new WeakMap<Client, Line>();

  constructor({ storage, clock, logger, journal, state }: LifeParts) {
    this.storage = storage;
    this.clock = clock;
    this.logger = logger;
    this.journal = journal;
    this.state = state;
    const { recorder } = state;
    const refusals = new Refusals(clock, logger);
    this.sessions = new Sessions({ limits: DEFAULT_LIMITS, recorder, clock });
    this.retained = new RetainedMessages(DEFAULT_LIMITS);
    const shared = { sessions: this.sessions, recorder, refusals, clock };
    this.#delivery = new Delivery({ ...shared, retained: this.retained });
    const admit = (message: Message, done: Done) => this.#admit(message, done);
    const limits = DEFAULT_LIMITS;
    this.#intake = new Intake({ admit, delivery: this.#delivery, recorder, clock, refusals, limits });
    const sessionOf = (client: Client) => this.#lines.get(client)?.login.session;
    this.#persistence = new EnginePersistence({
      ...shared,
      retained: this.retained,
      delivery: this.#delivery,
      sessionOf,
    });
  }

  /** @param life numbers the clock run, so that none is like another */
  static async open(storage: MemoryStorage, life: number, streams: readonly StreamId[] = STREAMS): Promise<BrokerLife> {
    const clockRun = life.toString(16).padStart(16, '0');
    const options = { seed: life, streams: streams.map((id) => ({ id })), segmentBytes: 16_384 };
    const { journal, clock, logger } = await openTestJournal(storage, options);
    const stamp = (): Stamp => ({ wallMs: 0, monotonicMs: clock.monotonicMs(), clockRun, quality: 'none' });
    journal.markClock({ kind: 'start', stamp: stamp() });
    const state = await openDurableState({ journal, clock, stamp, logger, minLogBytes: 65_536 });
    const broker = new BrokerLife({ storage, clock, logger, journal, state });
    broker.#stamp = stamp;
    broker.wills = await state.restoreTo(broker);
    return broker;
  }

  #stamp: () => Stamp = () => ({ wallMs: 0, monotonicMs: 0, clockRun: '0000000000000000', quality: 'none' });

  /** CONNECT; `connack` comes when it may be sent. */
  connect(clientId: string, isPersistent: boolean, out: Outlet): void {
    const holder = { close: () => out.close() };
    const claim = this.sessions.claim({ clientId, username: undefined, isPersistent }, holder);
    if (!claim.isGranted) {
      out.close();
      return;
    }
    const { session } = claim;
    const isPresent = session.isResumed;
    // What the intake looks at of a client of Aedes, and of a login: no socket is behind them.
    const client = { id: clientId, clean: !isPersistent, conn: { close: () => out.close() } } as unknown as Client;
    const connection: SessionConnection = { hasRoom: true, send: (packets) => out.send(packets) };
    const rights = { mayPublish: () => true, mayReceive: () => true };
    const login = { connection: { close: () => out.close() }, rights, session, isRefused: false } as unknown as Login;
    const line = { client, login };
    this.#lines.set(client, line);
    out.open(line, () => this.sessions.release(session, holder));
    this.state.recorder.settle((error) => {
      if (error !== undefined || session.holder !== holder) return out.close();
      out.connack(isPresent);
      session.connection = connection;
      this.#delivery.refill(session);
    });
  }

  publish({ client, login }: Line, packet: PublishPacket, answer: (error?: Error) => void): void {
    this.#intake.receive(client, login, packet, answer);
  }

  /** As Aedes does it: PUBCOMP is owed to the client whatever the store answers. */
  pubrel({ client }: Line, messageId: number, pubcomp: () => void): void {
    const packet = { cmd: 'pubrel', messageId };
    const finish = (found: unknown) =>
      found ? this.#persistence.incomingDelPacket(client, packet).then(pubcomp, pubcomp) : pubcomp();
    void this.#persistence.incomingGetPacket(client, packet).then(finish, pubcomp);
  }

  puback({ client }: Line, messageId: number): void {
    void this.#persistence.outgoingClearMessageId(client, { cmd: 'puback', messageId });
  }

  pubrec({ client }: Line, messageId: number, pubrel: () => void): void {
    void this.#persistence.outgoingUpdate(client, { cmd: 'pubrel', messageId }).then(pubrel, () => undefined);
  }

  pubcomp({ client }: Line, messageId: number): void {
    void this.#persistence.outgoingClearMessageId(client, { cmd: 'pubcomp', messageId });
  }

  subscribe({ login: { session } }: Line, filter: string, qos: QoS, suback: () => void): void {
    this.sessions.subscribe(session, filter, qos);
    this.state.recorder.settle((error) => {
      if (error !== undefined) return;
      suback();
      this.#delivery.sendRetained(session, [filter]);
    });
  }

  unsubscribe({ login: { session } }: Line, filter: string): void {
    this.sessions.unsubscribe(session, filter);
  }

  async close(): Promise<void> {
    await this.state[Symbol.asyncDispose]();
    await this.journal[Symbol.asyncDispose]();
  }

  #admit(message: Message, done: Done): Place | undefined {
    const id = this.journal.streams.find(({ id }) => message.topic.startsWith(`${id}/`))?.id;
    if (id === undefined) {
      done();
      return undefined;
    }
    const record = { ...message, stamp: this.#stamp() };
    const sequence = this.journal.stream(id).append(record, message.qos === 0 ? () => undefined : done);
    if (message.qos === 0) done();
    return sequence === 0 ? undefined : { stream: id, sequence };
  }
}

/** Where a connection ends. */
export interface Outlet {
  /** The login is accepted. @param release for when the connection is gone */
  open(line: Line, release: () => void): void;
  connack(isPresent: boolean): void;
  send(packets: Uint8Array): void;
  close(): void;
}

interface LifeParts {
  readonly storage: MemoryStorage;
  readonly clock: FakeClock;
  readonly logger: MemoryLogger;
  readonly journal: StatefulJournal;
  readonly state: DurableState;
}
