import { WaystationError } from '#gateway/model/errors.ts';
import type { Grant, Outcome, OutgoingEvent, Target, TargetConnection } from '#gateway/sinks/delivery/target.ts';
import { type HubAddress, parseHubUrl } from '#gateway/sinks/mqtt-hub/hub-socket.ts';
import type { MqttConnection } from '#gateway/sinks/mqtt-hub/mqtt-connection.ts';
import { connectHub, type HubOptions } from '#gateway/sinks/mqtt-hub/mqtt-hub.ts';
import { type BatchCodec, MAX_PUBLISH_BYTES } from './batch.ts';
import { type BatchPart, composePart } from './compose-part.ts';
import { type BatchFormat, type PackedBatch, packBatches } from './pack-batches.ts';

/** What goes into a publish. */
export interface BatchBounds {
  readonly maxEvents: number;
  readonly codec: BatchCodec;
}

/** The hub as a target that takes events by the batch. */
export class BatchHub implements Target<BatchPart> {
  readonly type = 'mqtt';
  readonly #options: HubOptions;
  readonly #batch: BatchBounds;
  readonly #address: HubAddress;

  /** @throws WaystationError `config.invalid` */
  constructor(options: HubOptions, batch: BatchBounds) {
    this.#options = options;
    this.#batch = batch;
    this.#address = parseHubUrl(options.url, options.credentials);
  }

  prepare(event: OutgoingEvent): BatchPart {
    return composePart(event);
  }

  async connect(signal: AbortSignal): Promise<TargetConnection<BatchPart>> {
    const connection = await connectHub(this.#address, this.#options, signal);
    return new BatchConnection(connection, this.#options, this.#batch);
  }
}

class BatchConnection implements TargetConnection<BatchPart> {
  readonly #connection: MqttConnection;
  readonly #options: HubOptions;
  readonly #format: BatchFormat;
  readonly #maxEvents: number;

  constructor(connection: MqttConnection, options: HubOptions, { codec, maxEvents }: BatchBounds) {
    this.#connection = connection;
    this.#options = options;
    this.#format = { ...options.format, codec };
    this.#maxEvents = maxEvents;
  }

  /** How large a batch is is known when it is compressed: what does not fit is split then. */
  get grant(): Grant {
    const { maxInFlightSends } = this.#connection.grant;
    return { maxInFlightSends, maxPacketBytes: this.#options.maxPacketBytes, maxEventsPerSend: this.#maxEvents };
  }

  get closed(): Promise<WaystationError> {
    return this.#connection.closed;
  }

  /** One answer for all that a batch had to be split into: the worst of them. What a part of it was taken for is sent again, with the same ids. */
  async send(parts: readonly BatchPart[]): Promise<Outcome> {
    const { maxPacketBytes } = this.#connection.grant;
    const packed = packBatches(this.#format, parts, Math.min(MAX_PUBLISH_BYTES, maxPacketBytes));
    const tooLarge = packed.find(({ packet }) => packet.sizeBytes > maxPacketBytes);
    if (tooLarge !== undefined) return { kind: 'rejected', error: tooLargeError(tooLarge, maxPacketBytes) };
    const outcomes = await Promise.all(packed.map(({ packet }) => this.#connection.publish(packet)));
    const wireBytes = packed.reduce((sum, { packet }) => sum + packet.sizeBytes, 0);
    return worstOf(outcomes) ?? { kind: 'accepted', wireBytes };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#connection[Symbol.asyncDispose]();
  }
}

/** What ends the connection goes before what concerns the batch. */
function worstOf(outcomes: readonly Outcome[]): Outcome | undefined {
  const refused = outcomes.filter(({ kind }) => kind !== 'accepted');
  return refused.find(({ kind }) => kind !== 'rejected') ?? refused[0];
}

function tooLargeError({ packet, parts }: PackedBatch, maxPacketBytes: number): WaystationError {
  const [only] = parts;
  return new WaystationError(
    'hub.rejectedEvent',
    `Event ${only?.sequence} of stream ${only?.stream} takes ${packet.sizeBytes} bytes compressed; the hub takes at most ${maxPacketBytes}.`,
  );
}
