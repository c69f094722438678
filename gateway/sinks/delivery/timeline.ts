import type { AcknowledgedRange } from '#gateway/journal/journal.ts';
import type { WaystationError } from '#gateway/model/errors.ts';
import type { Epoch, StreamId } from '#gateway/model/message.ts';
import { type Allowance, UNLIMITED } from '#gateway/sinks/link/allowance.ts';
import { sampleRecord } from '#gateway/sinks/testing/sample-record.ts';
import type { DeliveryAction, DeliveryInput, DeliveryPolicy } from './delivery-state.ts';
import { deliveryStatus } from './delivery-status.ts';
import { nextWakeMs, startDelivery, step } from './step.ts';
import { ACCEPTED, type Grant, type Outcome, type Packet } from './target.ts';

// Brands are only types: these are slugs and 16 hex digits.
const EPOCH = '00000000000000aa' as Epoch;
export const ALERTS = 'alerts' as StreamId;
export const TELEMETRY = 'telemetry' as StreamId;

const POLICY: DeliveryPolicy = {
  window: { maxEvents: 4, maxBytes: 1000, ackTimeoutMs: 10_000 },
  retry: { firstDelayMs: 1000, maxDelayMs: 60_000 },
  connectTimeoutMs: 5000,
  pauseMs: 60_000,
  drainTimeoutMs: 3000,
  timeoutCode: 'hub.timeout',
  order: 'oldestFirst',
  urgentLanes: [],
  meteredLanes: [],
  random: () => 0.5,
};
/** A generous remote. */
export const GRANT: Grant = { maxInFlightSends: 100, maxPacketBytes: 10_000, maxEventsPerSend: 1 };
/** One sink over time: what it is told, and what it wants done, in words. */
export class Timeline {
  nowMs = 0;
  /** What the link allows. */
  allowance: Allowance = UNLIMITED;
  /** The last sequence of each stream, as a connection finds it. */
  tails = new Map<StreamId, number>();
  readonly #policy: DeliveryPolicy;
  #state;

  constructor(
    lanes: readonly StreamId[] = [TELEMETRY],
    policy: Partial<DeliveryPolicy> = {},
    acknowledgedSequence = 0,
    ranges: readonly AcknowledgedRange[] = [],
  ) {
    this.#policy = { ...POLICY, ...policy };
    const forwardedSequence = acknowledgedSequence;
    const start = { isRedrive: false, acknowledgedSequence, forwardedSequence, ranges };
    this.#state = startDelivery<Packet>(
      lanes.map((stream) => ({ ...start, stream })),
      0,
    );
  }

  hear(input: DeliveryInput<Packet>): string[] {
    const [state, actions] = step(this.#policy, this.#state, this.nowMs, input, this.allowance);
    this.#state = state;
    return actions.map(describeAction);
  }

  /** Connected, nothing read yet. */
  online(grant: Partial<Grant> = {}): this {
    this.hear({ kind: 'tick' });
    this.connected(grant);
    return this;
  }

  connected(grant: Partial<Grant> = {}): string[] {
    return this.hear({ kind: 'connected', grant: { ...GRANT, ...grant }, tails: this.tails });
  }

  /** The journal gives `sequences` to the newest run of a lane, or to another; everything else up to `through` was filtered out. */
  read(
    sequences: readonly number[],
    through = sequences.at(-1) ?? 0,
    stream = TELEMETRY,
    { sizeBytes = 10, runIndex = -1 } = {},
  ): string[] {
    const run = this.#state.lanes.find((lane) => lane.stream === stream)?.runs.at(runIndex);
    const { id: runId = 0, readSequence = 0, isReplayed = false } = run ?? {};
    let prev = run?.readForwardedSequence ?? 0;
    const entries = sequences.map((sequence) => {
      const stored = { stream, epoch: EPOCH, sequence, record: sampleRecord() };
      const fresh = { attempts: 0, isTombstone: false, lostCount: 0, isReplayed, readAtMs: this.nowMs };
      const entry = { sequence, prev, packet: { sizeBytes }, stored, ...fresh };
      prev = sequence;
      return entry;
    });
    const from = readSequence + 1;
    return this.hear({ kind: 'read', stream, runId, from, entries, throughSequence: through });
  }

  answer(flightId: number, outcome: Outcome = ACCEPTED): string[] {
    return this.hear({ kind: 'settled', answers: [{ flightId, outcome }] });
  }

  /** An event is in the dead letters. */
  bury(sequence: number, stream = TELEMETRY, tombstone: Packet | undefined = { sizeBytes: 10 }): string[] {
    const place = { stream, runId: this.#runOf(stream, sequence), sequence };
    return this.hear({ kind: 'buried', ...place, ...(tombstone && { tombstone }) });
  }

  buryInVain(sequence: number, error: WaystationError, stream = TELEMETRY): string[] {
    return this.hear({ kind: 'buryFailed', stream, runId: this.#runOf(stream, sequence), sequence, error });
  }

  lose(error: WaystationError): string[] {
    return this.hear({ kind: 'disconnected', error });
  }

  /** Lets time pass up to `nowMs`, then ticks. */
  tickAt(nowMs: number): string[] {
    this.nowMs = nowMs;
    return this.hear({ kind: 'tick' });
  }

  get wakeMs(): number | undefined {
    return nextWakeMs(this.#policy, this.#state);
  }

  get status() {
    const extent = { oldestSequence: 1, syncedSequence: 100, losses: [] };
    return deliveryStatus('hub', 'fake', this.#state, this.nowMs, () => extent);
  }

  #runOf(stream: StreamId, sequence: number): number {
    const runs = this.#state.lanes.find((lane) => lane.stream === stream)?.runs ?? [];
    return runs.find(({ from, to }) => from <= sequence && sequence <= to)?.id ?? 0;
  }
}

function describeAction(action: DeliveryAction<Packet>): string {
  switch (action.kind) {
    case 'send':
      return `send #${action.flight.id}: ${action.flight.entries.map((entry) => `${entry.isTombstone ? '†' : ''}${entry.sequence} after ${entry.prev}`).join(', ')}`;
    case 'read':
      return `read ${action.stream} from ${action.from}${action.to === Infinity ? '' : ` to ${action.to}`}`;
    case 'advance': {
      const beyond = action.ranges.map(({ from, to }) => ` and ${from}-${to}`).join('');
      return `advance ${action.stream} to ${action.acknowledgedSequence} (${action.forwardedSequence})${beyond}`;
    }
    case 'bury':
    case 'passOver':
      return `${action.kind} ${action.stream} ${action.entry.sequence}`;
    case 'connect':
    case 'disconnect':
      return action.kind;
  }
}
