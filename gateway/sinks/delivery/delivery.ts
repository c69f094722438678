/**
 * The delivery loop: reads the journal from the cursors of one sink, hands events to its target, and moves the cursors when the
 * target has acknowledged them. Every target is driven by this one loop.
 *
 * It never decides anything itself (`step.ts` does, purely), never drops an event, and knows no protocol (`target.ts` is the
 * contract). This file owns the clock and the connection, `run-reader.ts` what is read; start reading at `step.ts`.
 */

import { repairTime } from '#gateway/journal/clock-runs.ts';
import type { CursorStart, Journal } from '#gateway/journal/journal.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import type { StreamId } from '#gateway/model/message.ts';
import type { SinkStatus } from '#gateway/model/sink-status.ts';
import type { Cancel, Clock } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import type { DeadLetters } from '#gateway/sinks/dead-letters/dead-letters.ts';
import { UNLIMITED } from '#gateway/sinks/link/allowance.ts';
import type { Link } from '#gateway/sinks/link/link.ts';
import type { Shaper } from '#gateway/sinks/shape/shaper.ts';
import type { Answer, DeliveryAction, DeliveryInput, DeliveryPolicy, DeliveryState, Phase } from './delivery-state.ts';
import { deliveryStatus } from './delivery-status.ts';
import { openJournalLane } from './journal-lane.ts';
import type { LaneSource } from './lane-source.ts';
import { logRefusal, logTransition } from './log-transition.ts';
import type { LaneEntry } from './run.ts';
import { type ReadRequest, RunReader } from './run-reader.ts';
import { nextWakeMs, startDelivery, step } from './step.ts';
import type { Packet, Target, TargetConnection } from './target.ts';
import { tombstoneOf } from './with-losses.ts';

/** What a delivery loop is made of. */
export interface DeliveryOptions<P extends Packet> {
  /** Names the cursors. */
  readonly id: string;
  readonly target: Target<P>;
  readonly journal: Journal;
  /** By priority, the most urgent first. */
  readonly lanes: readonly StreamId[];
  readonly from: CursorStart;
  readonly shaper: Shaper;
  readonly policy: DeliveryPolicy;
  readonly deadLetters: DeadLetters;
  /** Absent where nothing bounds what is sent. */
  readonly link?: Link | undefined;
  /** Hears of each change of phase. */
  readonly onPhase?: PhaseListener | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** @param error what went wrong last, where something is wrong */
export type PhaseListener = (phase: Phase['kind'], error?: WaystationError) => void;

/** Opens the cursors and starts; the remote need not be reachable. Disposing waits a bounded time for what is in flight. */
export async function openDelivery<P extends Packet>(options: DeliveryOptions<P>): Promise<Delivery<P>> {
  const { journal, id, from, deadLetters } = options;
  const sources: LaneSource[] = [];
  for (const lane of options.lanes) sources.push(await openJournalLane(journal, id, lane, from));
  const delivery = new Delivery(options, [...sources, deadLetters.queueOf(id)]);
  delivery.start();
  return delivery;
}

/** See {@link openDelivery}. */
export class Delivery<P extends Packet> implements AsyncDisposable {
  readonly #options: DeliveryOptions<P>;
  readonly #sources: ReadonlyMap<StreamId, LaneSource>;
  readonly #reader: RunReader<P>;
  readonly #stopReading = new AbortController();
  readonly #endings = new Set<Promise<void>>();
  readonly #stopped = Promise.withResolvers<void>();
  #state: DeliveryState<P>;
  #attempt: Attempt<P> | undefined;
  #answers: Answer[] = [];
  readonly #charges = new Map<number, () => void>();
  #wake: { readonly dueMs: number; readonly cancel: Cancel } | undefined;
  #refusalCount = 0;
  #closing: Promise<void> | undefined;
  #stopWatching: () => void = () => {};

  constructor(options: DeliveryOptions<P>, sources: readonly LaneSource[]) {
    this.#options = options;
    this.#sources = new Map(sources.map((source) => [source.lane, source]));
    this.#reader = new RunReader(options);
    const starts = sources.map((source) => {
      const { lane: stream, isRedrive, acknowledgedSequence, forwardedSequence, ranges } = source;
      return { stream, isRedrive, acknowledgedSequence, forwardedSequence, ranges };
    });
    this.#state = startDelivery(starts, options.clock.monotonicMs(), options.link?.wireShareOf(options.id));
    for (const { stream, runs } of this.#state.lanes) {
      this.#reader.resume(stream, runs[0]?.id ?? 0, this.#sources.get(stream)?.filterState);
    }
  }

  get id(): string {
    return this.#options.id;
  }

  start(): void {
    const { journal, link } = this.#options;
    const stopClock = journal.watchClock(() => this.#hear({ kind: 'timeLearned' }));
    // A link may call back from within a turn of the loop.
    const stopLink = link?.watch(() => queueMicrotask(() => this.#hear({ kind: 'linkChanged', tails: this.#tails() })));
    this.#stopWatching = () => {
      stopClock();
      stopLink?.();
    };
    this.#hear({ kind: 'tick' });
  }

  status(): SinkStatus {
    const { id, target, journal, clock, link } = this.#options;
    const extentOf = (stream: StreamId) => journal.stream(stream);
    const conditions = this.#reader.conditions.status();
    return {
      ...deliveryStatus(id, target.type, this.#state, clock.monotonicMs(), extentOf),
      ...(conditions.length === 0 ? {} : { conditions }),
      ...(link === undefined ? {} : { link: link.id }),
    };
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

  /** What was answered before comes first. */
  #hear(input: DeliveryInput<P>): void {
    this.#takeAnswers();
    this.#turn(input);
  }

  #takeAnswers(): void {
    if (this.#answers.length === 0) return;
    const answers = this.#answers;
    this.#answers = [];
    this.#turn({ kind: 'settled', answers });
  }

  /** One turn of the loop. Targets and journal answer later, never from within, so turns do not nest. */
  #turn(input: DeliveryInput<P>): void {
    const { id, policy, link, clock, logger, onPhase } = this.#options;
    const before = this.#state;
    const nowMs = clock.monotonicMs();
    const [state, actions] = step(policy, before, nowMs, input, link?.allowance(nowMs) ?? UNLIMITED);
    this.#state = state;
    if (state.wireShare !== before.wireShare) link?.keepWireShare(id, state.wireShare);
    for (const action of actions) this.#perform(action);
    logTransition(logger, before, state, nowMs);
    if (state.phase.kind !== before.phase.kind) onPhase?.(state.phase.kind, state.lastError);
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
        this.#send(action);
        break;
      case 'read':
        void this.#read(action);
        break;
      case 'bury':
        this.#bury(action);
        break;
      case 'passOver':
        logRefusal(this.#options.logger, ++this.#refusalCount, action);
        break;
      case 'advance': {
        const extras = this.#reader.commit(action);
        const { acknowledgedSequence, forwardedSequence } = action;
        this.#sources.get(action.stream)?.advance(acknowledgedSequence, forwardedSequence, extras);
        break;
      }
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
      this.#hear({ kind: 'connected', grant: connection.grant, tails: this.#tails() });
    }, lost);
  }

  #disconnect(): void {
    const attempt = this.#attempt;
    this.#attempt = undefined;
    for (const flightId of this.#charges.keys()) this.#release(flightId);
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

  #send({ flight, isUrgent }: Extract<DeliveryAction<P>, { kind: 'send' }>): void {
    const { id: flightId, entries, wireBytes } = flight;
    const { connection, abort } = this.#attempt ?? {};
    if (connection === undefined || abort === undefined) return;
    const release = this.#options.link?.charge({ bytes: wireBytes, events: entries.length, isUrgent });
    if (release !== undefined) this.#charges.set(flightId, release);
    const batch = entries.map((entry) => entry.packet);
    connection.send(batch, abort.signal).then(
      (outcome) => this.#answer({ flightId, outcome }),
      (error) => this.#answer({ flightId, outcome: { kind: 'retry', error: asOperational(error) } }),
    );
  }

  /** Acknowledgements come many at a time: one turn takes all that are there. */
  #answer(answer: Answer): void {
    this.#release(answer.flightId);
    if (this.#answers.push(answer) === 1) queueMicrotask(() => this.#takeAnswers());
  }

  /** What was taken out of the budget for a flight as an estimate has been counted by now, or was never sent. */
  #release(flightId: number): void {
    this.#charges.get(flightId)?.();
    this.#charges.delete(flightId);
  }

  async #read(request: ReadRequest): Promise<void> {
    const { stream, runId, from, to } = request;
    const source = this.#sources.get(stream);
    if (source === undefined) return;
    const isWanted = () => {
      const run = this.#state.lanes.find((lane) => lane.stream === stream)?.runs.find(({ id }) => id === runId);
      return run?.readSequence === from - 1 && run.to === to;
    };
    const input = await this.#reader.read(source, request, this.#stopReading.signal, isWanted);
    if (input !== undefined) this.#hear(input);
  }

  #bury(action: Extract<DeliveryAction<P>, { kind: 'bury' }>): void {
    const { id, deadLetters, logger } = this.#options;
    const { stream, runId, entry, error } = action;
    const { sequence, stored, attempts } = entry;
    const place = { stream, runId, sequence };
    logRefusal(logger, ++this.#refusalCount, action);
    const failed = (cause: unknown) => this.#hear({ kind: 'buryFailed', ...place, error: asOperational(cause) });
    deadLetters.bury({ sink: id, stored, error, attempts }).then(() => {
      this.#hear({ kind: 'buried', ...place, ...this.#tombstone(stream, entry) });
    }, failed);
  }

  /** Whoever wants an event tried again knows that it is missing. */
  #tombstone(stream: StreamId, entry: LaneEntry<P>): { readonly tombstone?: P } {
    if (this.#sources.get(stream)?.isRedrive) return {};
    const { target, journal } = this.#options;
    const { prev, isReplayed } = entry;
    const stored = tombstoneOf(entry.stored);
    const accepted = repairTime(journal.clockRuns, stored.record.stamp);
    return { tombstone: target.prepare({ stored, prev, isReplayed, accepted }) };
  }

  #tails(): ReadonlyMap<StreamId, number> {
    return new Map([...this.#sources].map(([lane, { extent }]) => [lane, extent.syncedSequence]));
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
    for (const [stream, source] of this.#sources) {
      try {
        await source.persist();
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
