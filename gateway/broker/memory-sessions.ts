import { Readable } from 'node:stream';
import type { AedesPublishPacket, Client, Subscription } from 'aedes';
import createMemoryPersistence from 'aedes-persistence';
import type { Refusals } from './refusals.ts';

/** What {@link openMemorySessions} needs. */
export interface MemorySessionsOptions {
  /** Messages kept for one persistent session. */
  readonly maxQueuedMessages: number;
  readonly refusals: Refusals;
}

/** Sessions and retained messages in memory: they answer at once, and end with the process. */
export function openMemorySessions({ maxQueuedMessages, refusals }: MemorySessionsOptions): unknown {
  const sessions = createSessions();
  const enqueue = sessions.outgoingEnqueueCombi.bind(sessions);
  const clear = sessions.outgoingClearMessageId.bind(sessions);
  const queuedCounts = new Map<string, number>();

  sessions.outgoingEnqueueCombi = (subscriptions, packet) => {
    // Most messages: nobody but connected clients without a session wants them.
    if (subscriptions.length === 0) return NOTHING_TO_DO;
    const takers = subscriptions.filter(({ clientId }) => {
      const queuedCount = queuedCounts.get(clientId) ?? 0;
      if (queuedCount < maxQueuedMessages) queuedCounts.set(clientId, queuedCount + 1);
      else
        refusals.note({ reason: 'queueFull', client: clientId, text: `dropped: ${queuedCount} messages wait already` });
      return queuedCount < maxQueuedMessages;
    });
    return enqueue(takers, packet);
  };
  sessions.outgoingClearMessageId = async (client, packet) => {
    const cleared = await clear(client, packet);
    if (cleared === undefined) return undefined;
    const queuedCount = (queuedCounts.get(client.id) ?? 0) - 1;
    if (queuedCount > 0) queuedCounts.set(client.id, queuedCount);
    else queuedCounts.delete(client.id);
    return cleared;
  };
  // Aedes publishes the wills of brokers that it has not heard of for long by the host's date: when a clock without a
  // battery is set right, that would be all of its own clients. This broker has no peers.
  sessions.streamWill = () => Readable.from([]);
  return sessions;
}

const NOTHING_TO_DO = Promise.resolve();

// The declarations say that the function is a property `default` of what is imported, and that its methods take callbacks;
// the module is the function itself, and Aedes 1.2 awaits the promises that the methods return without a callback.
const createSessions = createMemoryPersistence as unknown as () => SessionQueues;

/** The methods that are changed, as Aedes 1.2 calls them. */
interface SessionQueues {
  outgoingEnqueueCombi(
    subscriptions: readonly (Subscription & { readonly clientId: string })[],
    packet: AedesPublishPacket,
  ): Promise<void>;
  outgoingClearMessageId(client: Client, packet: AedesPublishPacket): Promise<AedesPublishPacket | undefined>;
  streamWill(): Readable;
}
