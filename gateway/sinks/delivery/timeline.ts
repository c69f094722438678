import type { WaystationError } from '#gateway/model/errors.ts';
import type { StreamId } from '#gateway/model/message.ts';
import type { DeliveryAction, DeliveryInput, DeliveryPolicy } from './delivery-state.ts';
import { deliveryStatus } from './delivery-status.ts';
import { nextWakeMs, startDelivery, step } from './step.ts';
import { ACCEPTED, type Grant, type Outcome, type Packet } from './target.ts';

// Brands are only types: these are slugs.
export const ALERTS = 'alerts' as StreamId;
export const TELEMETRY = 'telemetry' as StreamId;

const POLICY: DeliveryPolicy = {
  window: { maxEvents: 4, maxBytes: 1000, ackTimeoutMs: 10_000 },
  retry: { firstDelayMs: 1000, maxDelayMs: 60_000 },
  connectTimeoutMs: 5000,
  pauseMs: 60_000,
  drainTimeoutMs: 3000,
  random: () => 0.5,
};
/** A generous remote. */
export const GRANT: Grant = { maxInFlightSends: 100, maxPacketBytes: 10_000, maxEventsPerSend: 1 };
/** One sink over time: what it is told, and what it wants done, in words. */
export class Timeline {
  nowMs = 0;
  readonly #policy: DeliveryPolicy;
  #state;
  #prev = new Map<StreamId, number>();

  constructor(
    lanes: readonly StreamId[] = [TELEMETRY],
    policy: Partial<DeliveryPolicy> = {},
    acknowledgedSequence = 0,
  ) {
    this.#policy = { ...POLICY, ...policy };
    const forwardedSequence = acknowledgedSequence;
    this.#state = startDelivery<Packet>(
      lanes.map((stream) => ({ stream, acknowledgedSequence, forwardedSequence })),
      0,
    );
  }

  hear(input: DeliveryInput<Packet>): string[] {
    const [state, actions] = step(this.#policy, this.#state, this.nowMs, input);
    this.#state = state;
    return actions.map(describeAction);
  }

  /** Connected, nothing read yet. */
  online(grant: Partial<Grant> = {}): this {
    this.hear({ kind: 'tick' });
    this.hear({ kind: 'connected', grant: { ...GRANT, ...grant } });
    return this;
  }

  /** The journal gives `sequences`; everything else up to `through` was filtered out. */
  read(sequences: readonly number[], through = sequences.at(-1) ?? 0, stream = TELEMETRY, sizeBytes = 10): string[] {
    const entries = sequences.map((sequence) => {
      const prev = this.#prev.get(stream) ?? 0;
      this.#prev.set(stream, sequence);
      return { sequence, prev, packet: { sizeBytes }, wasSent: false, lostCount: 0 };
    });
    const from = (this.#state.lanes.find((lane) => lane.stream === stream)?.readSequence ?? 0) + 1;
    return this.hear({ kind: 'read', stream, from, entries, throughSequence: through });
  }

  answer(flightId: number, outcome: Outcome = ACCEPTED): string[] {
    return this.hear({ kind: 'settled', flightId, outcome });
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
    return deliveryStatus('hub', 'fake', this.#state, () => ({ oldestSequence: 1, syncedSequence: 100, losses: [] }));
  }
}

function describeAction(action: DeliveryAction<Packet>): string {
  switch (action.kind) {
    case 'send':
      return `send #${action.flight.id}: ${action.flight.entries.map((entry) => `${entry.sequence} after ${entry.prev}`).join(', ')}`;
    case 'read':
      return `read ${action.stream} from ${action.from}`;
    case 'advance':
      return `advance ${action.stream} to ${action.acknowledgedSequence} (${action.forwardedSequence})`;
    case 'connect':
    case 'disconnect':
      return action.kind;
  }
}
