import { Readable } from 'node:stream';
import type { AedesPublishPacket, Client, Subscription } from 'aedes';
import createMemoryPersistence from 'aedes-persistence';
import type { BrokerLimits } from '#gateway/model/broker-limits.ts';
import { quote, type Refusals } from './refusals.ts';
import type { SessionLedger } from './session-ledger.ts';

/** What {@link openMemorySessions} needs. */
export interface MemorySessionsOptions {
  readonly ledger: SessionLedger;
  /** Whether the client may have this filter; Aedes asks to keep those too that it has refused. */
  readonly isGranted: (client: Client, filter: string) => boolean;
  readonly limits: Pick<BrokerLimits, 'maxRetainedMessages' | 'maxRetainedBytes'>;
  readonly refusals: Refusals;
}

/** What a message costs in memory beside its payload and its topic, roughly. */
export const MESSAGE_OVERHEAD_BYTES = 256;

/** Sessions and retained messages in memory: they answer at once, and end with the process. */
export function openMemorySessions(options: MemorySessionsOptions): unknown {
  const store = createStore();
  boundSessions(store, options);
  boundRetained(store, options);
  // Aedes publishes the wills of brokers that it has not heard of for long by the host's date: when a clock without a
  // battery is set right, that would be all of its own clients. This broker has no peers.
  store.streamWill = () => Readable.from([]);
  return store;
}

/** Tells the ledger what is kept for each client, and keeps no more than it has room for. */
function boundSessions(store: SessionStore, { ledger, isGranted, refusals }: MemorySessionsOptions): void {
  const { addSubscriptions, removeSubscriptions, cleanSubscriptions, outgoingEnqueueCombi, outgoingClearMessageId } =
    methodsOf(store);
  store.addSubscriptions = (client, subscriptions) => {
    const granted = subscriptions.filter(({ topic }) => isGranted(client, topic));
    const filters = granted.map(({ topic }) => topic);
    ledger.subscribe(client.id, filters);
    return addSubscriptions(client, granted);
  };
  store.removeSubscriptions = (client, filters) => {
    ledger.unsubscribe(client.id, filters);
    return removeSubscriptions(client, filters);
  };
  store.cleanSubscriptions = (client) => {
    ledger.unsubscribeAll(client.id);
    return cleanSubscriptions(client);
  };
  store.outgoingEnqueueCombi = (subscriptions, packet) => {
    // Most messages: nobody but connected clients without a session wants them.
    if (subscriptions.length === 0) return NOTHING_TO_DO;
    const sizeBytes = sizeOf(packet);
    const takers = subscriptions.filter(({ clientId }) => {
      const hasRoom = ledger.enqueue(clientId, sizeBytes);
      if (!hasRoom) refusals.note({ reason: 'queueFull', client: clientId, text: QUEUE_FULL });
      return hasRoom;
    });
    return outgoingEnqueueCombi(takers, withOwnPayload(packet));
  };
  store.outgoingClearMessageId = async (client, packet) => {
    const cleared = await outgoingClearMessageId(client, packet);
    if (cleared !== undefined) ledger.dequeue(client.id, sizeOf(cleared));
    return cleared;
  };
}

/** A retained message over the limit is delivered like any other; not even the one before it stays, which would be out of date. */
function boundRetained(store: SessionStore, { limits, refusals }: MemorySessionsOptions): void {
  const { storeRetained } = methodsOf(store);
  const sizes = new Map<string, number>();
  let retainedBytes = 0;
  store.storeRetained = (packet) => {
    const { topic } = packet;
    retainedBytes -= sizes.get(topic) ?? 0;
    sizes.delete(topic);
    if (packet.payload.length === 0) return storeRetained(packet);
    const sizeBytes = sizeOf(packet);
    if (sizes.size >= limits.maxRetainedMessages || retainedBytes + sizeBytes > limits.maxRetainedBytes) {
      const text = `did not retain a message on ${quote(topic)}: ${sizes.size} are kept, of ${retainedBytes} bytes`;
      refusals.note({ reason: 'retainedFull', client: ALL_CLIENTS, text }, { topic });
      return storeRetained({ ...packet, payload: EMPTY });
    }
    sizes.set(topic, sizeBytes);
    retainedBytes += sizeBytes;
    return storeRetained(withOwnPayload(packet));
  };
}

function sizeOf({ topic, payload }: AedesPublishPacket): number {
  return MESSAGE_OVERHEAD_BYTES + topic.length + payload.length;
}

/** A payload as it comes is a piece of what was read from the socket, and would keep all of that. */
function withOwnPayload(packet: AedesPublishPacket): AedesPublishPacket {
  const bytes = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
  const payload = Buffer.allocUnsafeSlow(bytes.length);
  payload.set(bytes);
  return { ...packet, payload };
}

const QUEUE_FULL = 'dropped a message: the queue of the session is full';
// The store is not told whose message it is.
const ALL_CLIENTS = '*';
const EMPTY = Buffer.alloc(0);
const NOTHING_TO_DO = Promise.resolve();

// The declarations say that the function is a property `default` of what is imported, and that its methods take callbacks;
// the module is the function itself, and Aedes 1.2 awaits the promises that the methods return without a callback.
const createStore = createMemoryPersistence as unknown as () => SessionStore;

/** The methods as they are, bound to their store. */
function methodsOf(store: SessionStore): SessionStore {
  return {
    addSubscriptions: store.addSubscriptions.bind(store),
    removeSubscriptions: store.removeSubscriptions.bind(store),
    cleanSubscriptions: store.cleanSubscriptions.bind(store),
    outgoingEnqueueCombi: store.outgoingEnqueueCombi.bind(store),
    outgoingClearMessageId: store.outgoingClearMessageId.bind(store),
    storeRetained: store.storeRetained.bind(store),
    streamWill: store.streamWill.bind(store),
  };
}

/** The methods that are changed, as Aedes 1.2 calls them. */
interface SessionStore {
  addSubscriptions(client: Client, subscriptions: readonly Subscription[]): Promise<void>;
  removeSubscriptions(client: Client, filters: readonly string[]): Promise<void>;
  cleanSubscriptions(client: Client): Promise<void>;
  outgoingEnqueueCombi(
    subscriptions: readonly (Subscription & { readonly clientId: string })[],
    packet: AedesPublishPacket,
  ): Promise<void>;
  outgoingClearMessageId(client: Client, packet: AedesPublishPacket): Promise<AedesPublishPacket | undefined>;
  storeRetained(packet: AedesPublishPacket): Promise<void>;
  streamWill(): Readable;
}
