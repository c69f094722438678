/**
 * The delivery loop: reads the journal from the cursors of one sink, hands events to its target, and moves the cursors when the
 * target has acknowledged them. Every target is driven by this one loop.
 *
 * It never decides anything itself (`step.ts` does, purely), never drops an event, and knows no protocol (`target.ts` is the
 * contract). This file owns the clock, the journal and the connection; start reading at `step.ts`.
 */

import { repairTime } from '#gateway/journal/clock-runs.ts';
import type { Cursor, CursorStart, Journal, ReadResult } from '#gateway/journal/journal.ts';
import { isPossibleDate } from '#gateway/model/clock-mark.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import type { Stamp, StoredRecord, StreamId } from '#gateway/model/message.ts';
import type { SinkStatus } from '#gateway/model/sink-status.ts';
import { type Cancel, type Clock, wait } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import type { EventFilter } from './compile-filter.ts';
import type { DeliveryAction, DeliveryInput, DeliveryPolicy, DeliveryState } from './delivery-state.ts';
import { deliveryStatus } from './delivery-status.ts';
import type { LaneEntry } from './lane.ts';
import { logTransition } from './log-transition.ts';
import { nextWakeMs, startDelivery, step } from './step.ts';
import type { Packet, Target, TargetConnection } from './target.ts';
import { withLosses } from './with-losses.ts';

/** How soon a journal that could not be read is asked again. */
const READ_RETRY_MS = 1000;

/** While the journal has been told of none. */
const NO_RUN = '0'.repeat(16);

/** What a delivery loop is made of. */
export interface DeliveryOptions<P extends Packet> {
  /** Names the cursors. */
  readonly id: string;
  readonly target: Target<P>;
  readonly journal: Journal;
  /** By priority, the most urgent first. */
  readonly lanes: readonly StreamId[];
  readonly from: CursorStart;
  readonly filter: EventFilter;
  readonly policy: DeliveryPolicy;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Opens the cursors and starts; the remote need not be reachable. Disposing waits a bounded time for what is in flight. */
export async function openDelivery<P extends Packet>(options: DeliveryOptions<P>): Promise<Delivery<P>> {
  const { journal, id, from } = options;
  const cursors = new Map<StreamId, Cursor>();
  for (const lane of options.lanes) cursors.set(lane, await journal.openCursor(id, lane, from));
  const delivery = new Delivery(options, cursors);
  delivery.start();
  return delivery;
}

/** See {@link openDelivery}. */
export class Delivery<P extends Packet> implements AsyncDisposable {
  readonly #options: DeliveryOptions<P>;
  readonly #cursors: ReadonlyMap<StreamId, Cursor>;
  readonly #stopReading = new AbortController();
  readonly #endings = new Set<Promise<void>>();
  readonly #stopped = Promise.withResolvers<void>();
  #state: DeliveryState<P>;
  #attempt: Attempt<P> | undefined;
  #wake: { readonly dueMs: number; readonly cancel: Cancel } | undefined;
  #closing: Promise<void> | undefined;
  #stopWatching: () => void = () => {};

  constructor(options: DeliveryOptions<P>, cursors: ReadonlyMap<StreamId, Cursor>) {
    this.#options = options;
    this.#cursors = cursors;
    const lanes = [...cursors].map(([stream, cursor]) => {
      const { acknowledgedSequence, forwardedSequence } = cursor;
      return { stream, acknowledgedSequence, forwardedSequence };
    });
    this.#state = startDelivery(lanes, options.clock.monotonicMs());
  }

  get id(): string {
    return this.#options.id;
  }

  start(): void {
    this.#stopWatching = this.#options.journal.watchClock(() => this.#hear({ kind: 'timeLearned' }));
    this.#hear({ kind: 'tick' });
  }

  status(): SinkStatus {
    const { id, target, journal } = this.#options;
    return deliveryStatus(id, target.type, this.#state, (stream) => journal.stream(stream));
  }

  /** Ends a delay at once. @throws WaystationError `sink.notWaiting` when there is none */
  retryNow(): void {
    const { state } = this.status();
    if (state !== 'waiting' && state !== 'paused')
      throw new WaystationError('sink.notWaiting', `Trying ${this.id} now: it is ${state}`);
    this.#hear({ kind: 'retryNow' });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#stopReading.abort();
    this.#stopWatching();
    this.#hear({ kind: 'stop' });
    await this.#stopped.promise;
    this.#wake?.cancel();
    await Promise.all(this.#endings);
    await this.#persist();
  }

  /** One turn of the loop. Targets and journal answer later, never from within, so turns do not nest. */
  #hear(input: DeliveryInput<P>): void {
    const { policy, clock, logger } = this.#options;
    const before = this.#state;
    const [state, actions] = step(policy, before, clock.monotonicMs(), input);
    this.#state = state;
    for (const action of actions) this.#perform(action);
    logTransition(logger, before, state, clock.monotonicMs());
    this.#setWake();
    if (state.phase.kind === 'stopped') this.#stopped.resolve();
  }

  #perform(action: DeliveryAction<P>): void {
    switch (action.kind) {
      case 'connect':
        this.#connect();
        break;
      case 'disconnect':
        this.#disconnect();
        break;
      case 'send':
        this.#send(action.flight.id, action.flight.entries);
        break;
      case 'read':
        void this.#read(action.stream, action.from);
        break;
      case 'advance':
        this.#cursors.get(action.stream)?.advance(action.acknowledgedSequence, action.forwardedSequence);
        break;
    }
  }

  #connect(): void {
    const attempt: Attempt<P> = { abort: new AbortController() };
    this.#attempt = attempt;
    const lost = (error: unknown) => {
      if (this.#attempt === attempt) this.#hear({ kind: 'disconnected', error: asOperational(error) });
    };
    this.#options.target.connect(attempt.abort.signal).then((connection) => {
      if (this.#attempt !== attempt) return this.#end(connection);
      attempt.connection = connection;
      connection.closed.then(lost, lost);
      this.#hear({ kind: 'connected', grant: connection.grant });
    }, lost);
  }

  #disconnect(): void {
    const attempt = this.#attempt;
    this.#attempt = undefined;
    attempt?.abort.abort();
    if (attempt?.connection !== undefined) this.#end(attempt.connection);
  }

  /** Lets a connection go; the loop does not wait for it, closing does. */
  #end(connection: TargetConnection<P>): void {
    const report = (error: unknown) => this.#options.logger.warn({ error }, 'A connection did not close cleanly.');
    const ending = Promise.resolve(connection[Symbol.asyncDispose]()).catch(report);
    this.#endings.add(ending);
    void ending.then(() => this.#endings.delete(ending));
  }

  #send(flightId: number, entries: readonly LaneEntry<P>[]): void {
    const { connection, abort } = this.#attempt ?? {};
    if (connection === undefined || abort === undefined) return;
    const batch = entries.map((entry) => entry.packet);
    connection.send(batch, abort.signal).then(
      (outcome) => this.#hear({ kind: 'settled', flightId, outcome }),
      (error) => this.#hear({ kind: 'settled', flightId, outcome: { kind: 'retry', error: asOperational(error) } }),
    );
  }

  async #read(stream: StreamId, from: number): Promise<void> {
    const { signal } = this.#stopReading;
    let result = await this.#readOnce(stream, from);
    while (result === undefined && !signal.aborted) {
      await wait(this.#options.clock, READ_RETRY_MS, signal);
      result = await this.#readOnce(stream, from);
    }
    if (result === undefined) return;
    const events = withLosses(stream, result, this.#stamp());
    const entries = this.#prepare(stream, events);
    this.#hear({ kind: 'read', stream, from, entries, throughSequence: result.nextSequence - 1 });
  }

  /** @returns nothing when the loop is stopping, or when the journal could not be read */
  async #readOnce(stream: StreamId, from: number): Promise<ReadResult | undefined> {
    const { journal, policy, logger } = this.#options;
    const { signal } = this.#stopReading;
    try {
      await journal.stream(stream).waitFor(from, signal);
      return signal.aborted ? undefined : await journal.stream(stream).read(from, policy.window);
    } catch (error) {
      logger.error({ stream, from, error }, 'The journal could not be read; trying again.');
      return undefined;
    }
  }

  #prepare(stream: StreamId, events: readonly StoredRecord[]): readonly LaneEntry<P>[] {
    const { filter, target, journal } = this.#options;
    const entries: LaneEntry<P>[] = [];
    let prev = this.#state.lanes.find((lane) => lane.stream === stream)?.readForwardedSequence ?? 0;
    for (const stored of events) {
      const { sequence, firstLost } = stored;
      // Nobody knows whether what is gone would have passed the filter.
      if (firstLost === undefined && !filter(stored.record)) continue;
      const lostCount = firstLost === undefined ? 0 : sequence - firstLost + 1;
      const accepted = repairTime(journal.clockRuns, stored.record.stamp);
      const packet = target.prepare({ stored, prev, isReplayed: false, accepted });
      entries.push({ sequence, prev, packet, wasSent: false, lostCount });
      prev = sequence;
    }
    return entries;
  }

  /** The time, for a loss that has no record beside it. */
  #stamp(): Stamp {
    const { clock, journal } = this.#options;
    const clockRun = journal.clockRuns.at(-1)?.id ?? NO_RUN;
    const wallMs = clock.wallMs();
    const quality = isPossibleDate(wallMs) ? 'system' : 'none';
    return { wallMs, monotonicMs: clock.monotonicMs(), clockRun, quality };
  }

  /** Re-arms the timer only for an earlier moment; one that fires too early finds nothing due and is set anew. */
  #setWake(): void {
    const { policy, clock } = this.#options;
    const dueMs = nextWakeMs(policy, this.#state);
    if (dueMs === undefined || (this.#wake !== undefined && this.#wake.dueMs <= dueMs)) return;
    this.#wake?.cancel();
    const fire = () => {
      this.#wake = undefined;
      this.#hear({ kind: 'tick' });
    };
    // Timers of the host fire up to a millisecond early; a tick before its time would only be asked for again.
    const delayMs = Math.max(0, Math.ceil(dueMs - clock.monotonicMs()));
    this.#wake = { dueMs, cancel: clock.schedule(delayMs, fire) };
  }

  async #persist(): Promise<void> {
    for (const [stream, cursor] of this.#cursors) {
      try {
        await cursor.persist();
      } catch (error) {
        this.#options.logger.error({ stream, error }, 'A cursor could not be saved; a restart would repeat events.');
      }
    }
  }
}

/** One try to reach the remote, and the connection it led to. */
interface Attempt<P extends Packet> {
  readonly abort: AbortController;
  connection?: TargetConnection<P>;
}

function asOperational(error: unknown): WaystationError {
  if (error instanceof WaystationError) return error;
  return new WaystationError('hub.unreachable', `The connection failed: ${String(error)}.`, { cause: error });
}
