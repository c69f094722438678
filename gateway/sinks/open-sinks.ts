import type { StreamId } from '#gateway/model/message.ts';
import { openSink, packetBytesFor, type Sink, type SinkOptions } from './open-sink.ts';

/** One sink as configured, with its secrets read. */
export type ConfiguredSink = DistributiveOmit<SinkOptions, keyof SharedBySinks | 'lanes' | 'maxPacketBytes'> & {
  /** All streams when absent. */
  readonly lanes?: readonly StreamId[] | undefined;
};

/** What every sink gets. */
export type SharedBySinks = Pick<
  SinkOptions,
  'gatewayId' | 'gatewayUid' | 'journal' | 'deadLetters' | 'clock' | 'random' | 'logger'
>;

/** What the sinks of a gateway are made of. */
export interface SinksOptions {
  readonly sinks: readonly ConfiguredSink[];
  /** In the order of the configuration, which is that of their priority. */
  readonly streams: readonly { readonly id: StreamId }[];
  /** The largest publish that the broker takes. */
  readonly maxPayloadBytes: number;
}

/** One sink per remote, in the order of the configuration. `opened` closes them. @throws WaystationError as `openSink` */
export async function openSinks(
  { sinks: configured, streams, maxPayloadBytes }: SinksOptions,
  shared: SharedBySinks,
  opened: AsyncDisposableStack,
): Promise<readonly Sink[]> {
  const maxPacketBytes = packetBytesFor(maxPayloadBytes);
  const sinks: Sink[] = [];
  for (const sink of configured) {
    const lanes = sink.lanes ?? streams.map((stream) => stream.id);
    // The sink last: what it is told of itself is not what the gateway is called alike.
    const options = { ...shared, ...sink, lanes, maxPacketBytes };
    sinks.push(opened.use(await openSink(options)));
  }
  return sinks;
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
