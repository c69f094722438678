import type { StreamId } from '#gateway/model/message.ts';
import { packetBytesFor } from '#gateway/model/packet-bytes-for.ts';
import type { Links } from './link/open-links.ts';
import { openSink } from './open-sink.ts';
import { PauseAlarm } from './pause-alarm.ts';
import type { Sink } from './sink-options.ts';
import type { SinkOptions } from './target-types.ts';

/** One sink as configured, with its secrets read. */
export type ConfiguredSink = DistributiveOmit<SinkOptions, keyof SharedBySinks | MadeHere> & {
  /** All streams when absent. */
  readonly lanes?: readonly StreamId[] | undefined;
  /** The alerts, if it has them, when absent. */
  readonly urgentLanes?: readonly StreamId[] | undefined;
  /** The id of one of `links`. */
  readonly link?: string | undefined;
};

type MadeHere = 'lanes' | 'urgentLanes' | 'link' | 'onPhase' | 'meteredLanes' | 'maxPacketBytes' | 'maxCommandBytes';

/** What every sink gets. */
export type SharedBySinks = Pick<
  SinkOptions,
  | 'gatewayId'
  | 'gatewayUid'
  | 'gatewayVersion'
  | 'dataDir'
  | 'stamp'
  | 'journal'
  | 'deadLetters'
  | 'publisher'
  | 'clock'
  | 'random'
  | 'logger'
>;

/** What the sinks of a gateway are made of. */
export interface SinksOptions {
  readonly sinks: readonly ConfiguredSink[];
  /** In the order of the configuration, which is that of their priority. */
  readonly streams: readonly { readonly id: StreamId }[];
  /** The largest publish that the broker takes. */
  readonly maxPayloadBytes: number;
  readonly links: Links;
}

/** One sink per remote, in the order of the configuration. `opened` closes them. @throws WaystationError as `openSink` */
export async function openSinks(
  { sinks: configured, streams, maxPayloadBytes, links }: SinksOptions,
  shared: SharedBySinks,
  opened: AsyncDisposableStack,
): Promise<readonly Sink[]> {
  const maxPacketBytes = packetBytesFor(maxPayloadBytes);
  const alarm = opened.use(new PauseAlarm(shared));
  const sinks: Sink[] = [];
  for (const sink of configured) {
    const lanes = sink.lanes ?? streams.map((stream) => stream.id);
    const urgentLanes = sink.urgentLanes ?? lanes.filter((lane) => lane === 'alerts');
    const over = sink.link === undefined ? {} : links.forSink(sink.link);
    // The sink after what is shared: what it is told of itself is not what the gateway is called alike.
    const options = {
      ...shared,
      ...sink,
      lanes,
      urgentLanes,
      maxPacketBytes,
      maxCommandBytes: maxPayloadBytes,
      link: undefined,
      onPhase: alarm.follow(sink.id, sink.type),
      ...over,
    };
    sinks.push(opened.use(await openSink(options)));
  }
  return sinks;
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
