import type { Aedes, AedesPublishPacket, Client } from 'aedes';
import type { MQEmitter } from 'mqemitter';

/**
 * Makes Aedes publish one message at a time, from the moment it gets its broker counter to the moment it is handed to the
 * subscribers [B3].
 *
 * Aedes keeps, per subscriber, the highest counter delivered, and drops whatever comes with a lower one as a duplicate. But
 * the counter is given at the start of a publish, and storing a retained message or looking up offline sessions comes in
 * between; publishes that overtake each other there are lost, although acknowledged. In a queue none can overtake.
 *
 * @param mq the emitter that `aedes` was made with
 */
export function serialisePublishes(aedes: Aedes, mq: MQEmitter): void {
  const engine = publishingSide(aedes);
  const publish = engine.publish.bind(aedes);
  const emit = mq.emit.bind(mq);
  const waiting: Publish[] = [];
  let current: Publish | undefined;
  let isStarting = false;

  function startNext(): void {
    if (isStarting) return;
    isStarting = true;
    while (current === undefined) {
      const next = waiting.shift();
      if (next === undefined) break;
      current = next;
      publish(next.packet, next.client, (error) => {
        // Failed before it was emitted, or nobody wanted it; else its turn has ended with the emit.
        endTurnOf(next);
        next.done?.(error);
      });
    }
    isStarting = false;
  }

  function endTurnOf(turn: Publish | undefined): void {
    if (turn === undefined || current !== turn) return;
    current = undefined;
    startNext();
  }

  engine.publish = (packet, client, done) => {
    waiting.push(typeof client === 'function' ? { packet, client: null, done: client } : { packet, client, done });
    startNext();
  };
  mq.emit = (packet, done) => {
    const emitted = current;
    emit(packet, done);
    endTurnOf(emitted);
    return mq;
  };
}

/** `Aedes.publish` as it is: the declarations leave out the middle argument. */
export interface PublishingSide {
  publish(packet: FanOutPacket, client: Client | null | FanOutDone, done?: FanOutDone): void;
}

/** What Aedes publishes. */
export type FanOutPacket = Pick<AedesPublishPacket, 'cmd' | 'topic' | 'payload' | 'qos' | 'retain' | 'dup'>;
export type FanOutDone = (error?: Error | null) => void;

/** The door to `Aedes.publish` with all of its arguments. */
export function publishingSide(aedes: Aedes): PublishingSide {
  // The declared signature is narrower than the method; see aedes.js, publish(packet, client, done).
  return aedes as unknown as PublishingSide;
}

interface Publish {
  readonly packet: FanOutPacket;
  readonly client: Client | null;
  readonly done: FanOutDone | undefined;
}
