import { invariant, type WaystationError } from '#gateway/model/errors.ts';
import type { Done } from '#gateway/model/message.ts';
import { Fifo } from './sessions/fifo.ts';

/**
 * Keeps the messages of each client in the order sent while their answers come in any order [B2].
 *
 * Every message asks at once (so the journal sequences it as it arrived), and finishes only when it is the client's oldest:
 * a QoS 0 message waits behind a QoS 1 message that is still being synced.
 */
export class PublishOrder {
  readonly #lanes = new Map<string, Fifo<Turn>>();
  #idleWaiters: (() => void)[] = [];

  /**
   * @param ask called at once, with the callback that takes the answer
   * @param finish called exactly once with that answer, after the earlier messages of the same client have finished
   */
  enter(clientId: string, ask: (answer: Done) => void, finish: Done): void {
    const lane = this.#lanes.get(clientId) ?? new Fifo<Turn>();
    if (lane.length === 0) this.#lanes.set(clientId, lane);
    const turn: Turn = { isAnswered: false, error: undefined, finish };
    let isAsking = true;
    lane.push(turn);
    ask((error) => {
      invariant(!turn.isAnswered, 'a message was answered twice');
      turn.isAnswered = true;
      turn.error = error;
      if (!isAsking && lane.peek() === turn) this.#finishAnswered(clientId, lane);
    });
    isAsking = false;
    // What was answered at once finishes only now, when it is known what was asked for.
    if (turn.isAnswered && lane.peek() === turn) this.#finishAnswered(clientId, lane);
  }

  /** Whether a message of the client waits: the next one would wait behind it. */
  isWaiting(clientId: string): boolean {
    return this.#lanes.has(clientId);
  }

  /** Resolves when no message waits for its answer. */
  idle(): Promise<void> {
    if (this.#lanes.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  #finishAnswered(clientId: string, lane: Fifo<Turn>): void {
    for (let turn = lane.peek(); turn?.isAnswered; turn = lane.peek()) {
      lane.shift();
      // May enter the next message of this client before it returns: that one finishes after this one all the same.
      turn.finish(turn.error);
    }
    if (lane.length > 0 || this.#lanes.get(clientId) !== lane) return;
    this.#lanes.delete(clientId);
    if (this.#lanes.size > 0) return;
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }
}

interface Turn {
  isAnswered: boolean;
  error: WaystationError | undefined;
  readonly finish: Done;
}
