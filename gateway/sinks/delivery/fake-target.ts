import { WaystationError } from '#gateway/model/errors.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import {
  ACCEPTED,
  type Grant,
  type Outcome,
  type OutgoingEvent,
  type Packet,
  type Target,
  type TargetConnection,
} from './target.ts';

/** What a {@link FakeTarget} is sent. */
export interface FakePacket extends Packet {
  readonly stream: string;
  readonly sequence: number;
  readonly prev: number;
  readonly isReplayed: boolean;
  readonly firstLost?: number;
  readonly text: string;
}

/** How the remote treats one attempt to connect. */
export type ConnectBehaviour = 'accept' | 'refuse' | 'unreachable' | 'silent';

/** How the remote treats one batch. Bytes arrive in order, so once a link is cut or silent nothing behind it arrives either. */
export type SendBehaviour =
  | 'accept'
  /** Only the first event of the batch is taken. */
  | 'accept-first'
  /** The batch arrives, its acknowledgement never does, and later ones do. */
  | 'lose-ack'
  /** The link goes down before the batch arrives. */
  | 'cut-before'
  /** The batch arrives, then the link goes down. */
  | 'cut-after'
  /** The link goes silent: nothing arrives, nobody notices. */
  | 'stall'
  /** The remote takes no more on this connection, and says so. */
  | 'busy'
  | 'reject'
  | 'forbid';

/** A remote end in memory that does as it is told, and writes down what reached it. */
export class FakeTarget implements Target<FakePacket> {
  readonly type = 'fake';
  grant: Grant = { maxInFlightSends: 1000, maxPacketBytes: 1_000_000, maxEventsPerSend: 1 };
  latencyMs: () => number = () => 20;
  onConnect: () => ConnectBehaviour = () => 'accept';
  onSend: (batch: readonly FakePacket[]) => SendBehaviour = () => 'accept';
  /** What it will never take. */
  isPoison: (packet: FakePacket) => boolean = () => false;
  /** Whether it says which of a batch that is, and takes the others; else it refuses the batch. */
  namesPoison = false;
  /** Everything that arrived, in order, repeats included. */
  readonly arrived: FakePacket[] = [];
  /** What was in a batch that was refused as a whole: it comes again behind what was under way. */
  readonly refused = new Set<string>();
  /** What the sender was told was taken. */
  readonly acknowledged = new Set<string>();
  attemptCount = 0;
  openCount = 0;
  /** The most sends and bytes that were unanswered at once. */
  readonly most = { sends: 0, events: 0, bytes: 0 };
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  prepare({ stored, prev, isReplayed }: OutgoingEvent): FakePacket {
    const { stream, sequence, firstLost, record } = stored;
    const text = Buffer.from(record.payload).toString();
    const loss = firstLost === undefined ? {} : { firstLost };
    return { stream, sequence, prev, isReplayed, ...loss, text, sizeBytes: record.payload.length };
  }

  connect(signal: AbortSignal): Promise<TargetConnection<FakePacket>> {
    this.attemptCount += 1;
    const behaviour = this.onConnect();
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(unreachable()));
      if (behaviour === 'accept') resolve(new FakeConnection(this, this.#clock));
      if (behaviour === 'unreachable') reject(unreachable());
      if (behaviour === 'refuse') reject(new WaystationError('hub.refused', 'The login is wrong.'));
    });
  }
}

class FakeConnection implements TargetConnection<FakePacket> {
  readonly grant: Grant;
  readonly closed: Promise<WaystationError>;
  readonly #target: FakeTarget;
  readonly #clock: Clock;
  readonly #close: (error: WaystationError) => void;
  readonly #unanswered = new Set<readonly FakePacket[]>();
  #state: 'open' | 'busy' | 'silent' | 'closed' = 'open';

  constructor(target: FakeTarget, clock: Clock) {
    this.#target = target;
    this.#clock = clock;
    this.grant = target.grant;
    target.openCount += 1;
    const closed = Promise.withResolvers<WaystationError>();
    this.closed = closed.promise;
    this.#close = closed.resolve;
  }

  send(batch: readonly FakePacket[]): Promise<Outcome> {
    this.#unanswered.add(batch);
    this.#measure();
    return new Promise((resolve) => {
      const outcome = this.#receive(batch);
      if (outcome === undefined) return;
      this.#clock.schedule(this.#target.latencyMs(), () => {
        if (this.#state === 'closed') return;
        this.#unanswered.delete(batch);
        if (outcome.kind === 'accepted') {
          const refused = new Set(outcome.rejected?.map(({ index }) => index));
          for (const [index, packet] of batch.slice(0, outcome.count).entries())
            if (!refused.has(index)) this.#target.acknowledged.add(packetKey(packet));
        }
        resolve(outcome);
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
  }

  #receive(batch: readonly FakePacket[]): Outcome | undefined {
    if (this.#state === 'busy') return busy();
    if (this.#state !== 'open') return undefined;
    const behaviour = this.#target.onSend(batch);
    if (behaviour === 'accept' && batch.some(this.#target.isPoison)) return this.#refuse(batch);
    if (behaviour === 'accept' || behaviour === 'lose-ack' || behaviour === 'cut-after') {
      this.#target.arrived.push(...this.#taken(batch));
    }
    if (behaviour === 'accept-first') this.#target.arrived.push(...batch.slice(0, 1));
    switch (behaviour) {
      case 'accept':
        return ACCEPTED;
      case 'accept-first':
        return { kind: 'accepted', count: 1 };
      case 'lose-ack':
        return undefined;
      case 'cut-before':
      case 'cut-after':
        this.#end();
        return undefined;
      case 'stall':
        this.#state = 'silent';
        return undefined;
      case 'busy':
        this.#state = 'busy';
        return busy();
      case 'reject':
        return { kind: 'rejected', error: new WaystationError('hub.rejectedEvent', 'The event is malformed.') };
      case 'forbid':
        return { kind: 'pause', error: new WaystationError('hub.refused', 'No right to publish.') };
    }
  }

  /** What the remote keeps of a batch, whether or not it can still say so. */
  #taken(batch: readonly FakePacket[]): readonly FakePacket[] {
    const { isPoison, namesPoison } = this.#target;
    if (!batch.some(isPoison)) return batch;
    return namesPoison ? batch.filter((packet) => !isPoison(packet)) : [];
  }

  #refuse(batch: readonly FakePacket[]): Outcome {
    const { isPoison, namesPoison, arrived, refused } = this.#target;
    const error = new WaystationError('hub.rejectedEvent', 'The event is malformed.');
    if (!namesPoison) {
      for (const packet of batch) refused.add(packetKey(packet));
      return { kind: 'rejected', error };
    }
    arrived.push(...this.#taken(batch));
    const rejected = batch.flatMap((packet, index) => (isPoison(packet) ? [{ index, error }] : []));
    return { kind: 'accepted', rejected };
  }

  #measure(): void {
    const batches = [...this.#unanswered];
    const { most } = this.#target;
    most.sends = Math.max(most.sends, batches.length);
    most.events = Math.max(most.events, batches.flat().length);
    most.bytes = Math.max(
      most.bytes,
      batches.flat().reduce((sum, packet) => sum + packet.sizeBytes, 0),
    );
  }

  #end(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#target.openCount -= 1;
    this.#close(new WaystationError('hub.unreachable', 'The link was cut.'));
  }
}

/** Names an event, or a loss, among all lanes. */
export function packetKey({
  stream,
  sequence,
  firstLost,
}: Pick<FakePacket, 'stream' | 'sequence' | 'firstLost'>): string {
  return `${stream}/${firstLost === undefined ? '' : `${firstLost}-`}${sequence}`;
}

function unreachable(): WaystationError {
  return new WaystationError('hub.unreachable', 'Nobody answers.');
}

function busy(): Outcome {
  return { kind: 'retry', error: new WaystationError('hub.unreachable', 'The remote is busy.') };
}
