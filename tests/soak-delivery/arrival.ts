import { zstdDecompressSync } from 'node:zlib';
import { SHAPE_SEPARATOR } from '#gateway/sinks/mqtt-hub/batch/columns/separators.ts';
import { unpackBatch } from '#gateway/sinks/mqtt-hub/batch/unpack-batch.ts';
import type { ClientPublish } from './client-packet.ts';

/** One event as it came to the hub, its envelope opened. */
export interface Arrival {
  /** `lost` tells that the event of that sequence is never to come; a `rejected` one was answered so that it is never to come again. */
  readonly kind: 'event' | 'lost' | 'rejected';
  /** Rises with the connections; all 0 where the hub does not say. */
  readonly connection: number;
  /** `<stream>/<epoch>/<sequence>` [D2]. */
  readonly id: string;
  readonly stream: string;
  readonly epoch: string;
  readonly sequence: number;
  /** The sequence that the envelope names as the one before; 0 for none. */
  readonly prev: number;
  readonly isReplayed: boolean;
  /** Where the gateway took it. */
  readonly topic: string;
  readonly payload: string;
}

const TOPIC = /^[a-z]+\/test-truck\/(.+)$/;
const BATCH_TOPIC = /^[a-z]+\/test-truck\/batch\/([a-z-]+)$/;
const ID = /^([a-z-]+)\/([0-9a-f]{16})\/(\d+-)?(\d+)$/;

/** More than any batch holds before it was compressed. */
const MAX_BATCH_BYTES = 2 ** 20;

/** The events of a publish, which is a batch or a single one in its envelope. @throws Error what is wrong with it */
export function openPublish(publish: ClientPublish, connection: number): readonly Arrival[] {
  const stream = BATCH_TOPIC.exec(publish.topic)?.[1];
  return stream === undefined ? [openEnvelope(publish, connection)] : openBatch(publish.payload, stream, connection);
}

/** @see docs/batch-format.md */
function openBatch(payload: Buffer, stream: string, connection: number): readonly Arrival[] {
  const text = zstdDecompressSync(payload, { maxOutputLength: MAX_BATCH_BYTES }).toString();
  if (text.includes(SHAPE_SEPARATOR)) return openColumns(payload, stream, connection);
  // Whatever is wrong with its shape is found below.
  const batch = JSON.parse(text) as Batch;
  const { epoch, from, to, events } = batch;
  if (batch.v !== 1 || batch.stream !== stream) throw new Error(`no batch of ${stream}: ${JSON.stringify(batch)}`);
  if (events.at(-1)?.seq !== to) throw new Error(`a batch to ${to} ends with ${events.at(-1)?.seq}`);
  let prev = batch.prev === 'none' ? 0 : from - 1;
  return events.map(({ seq, first, topic, payload: json, payloadBase64 }) => {
    const text = payloadBase64 === undefined ? JSON.stringify(json) : Buffer.from(payloadBase64, 'base64').toString();
    const id = `${stream}/${epoch}/${first === undefined ? '' : `${first}-`}${seq}`;
    const isReplayed = batch.replayed === true;
    const kind = first === undefined ? 'event' : 'lost';
    const place = { id, stream, epoch, sequence: seq, prev } as const;
    const arrival: Arrival = { kind, connection, ...place, isReplayed, topic, payload: text };
    prev = seq;
    return arrival;
  });
}

/** Read by the program that the gateway brings for it. */
function openColumns(payload: Buffer, stream: string, connection: number): readonly Arrival[] {
  const batch = unpackBatch(payload);
  if (!batch.isDecoded) throw new Error(`no batch of ${stream}: ${batch.reason}`);
  const { epoch, from, to, events, opensChain, isReplayed } = batch.value;
  if (batch.value.stream !== stream) throw new Error(`a batch of ${batch.value.stream} on the topic of ${stream}`);
  if (events.at(-1)?.sequence !== to) throw new Error(`a batch to ${to} ends with ${events.at(-1)?.sequence}`);
  let prev = opensChain ? 0 : from - 1;
  return events.map(({ sequence, firstLost, topic, payload: bytes }) => {
    const id = `${stream}/${epoch}/${firstLost === undefined ? '' : `${firstLost}-`}${sequence}`;
    const kind = firstLost === undefined ? 'event' : 'lost';
    const place = { id, stream, epoch, sequence, prev, isReplayed } as const;
    prev = sequence;
    return { kind, connection, ...place, topic, payload: Buffer.from(bytes).toString() };
  });
}

interface Batch {
  readonly v: number;
  readonly stream: string;
  readonly epoch: string;
  readonly from: number;
  readonly to: number;
  readonly prev?: 'none';
  readonly replayed?: true;
  readonly events: readonly {
    readonly seq: number;
    readonly first?: number;
    readonly topic: string;
    readonly payload?: unknown;
    readonly payloadBase64?: string;
  }[];
}

/** A publish without an envelope: nobody can tell what was published twice from what was sent twice. @throws Error what is wrong with it */
export function openBare({ topic, payload }: ClientPublish, connection: number): readonly Arrival[] {
  return [bareArrival(localTopicOf(topic), payload.toString(), connection)];
}

/** @param id as far as what came has one */
export function bareArrival(topic: string, payload: string, connection: number, id = ''): Arrival {
  const stream = topic.startsWith('alerts/') ? 'alerts' : 'telemetry';
  const place = { id, stream, epoch: '', sequence: 0, prev: 0, isReplayed: false } as const;
  return { kind: 'event', connection, ...place, topic, payload };
}

function localTopicOf(topic: string): string {
  const localTopic = TOPIC.exec(topic)?.[1];
  if (localTopic === undefined) throw new Error(`nothing is published on ${topic}`);
  return localTopic;
}

/** @throws Error what is wrong with it */
function openEnvelope({ topic, userProperties, payload }: ClientPublish, connection: number): Arrival {
  const localTopic = localTopicOf(topic);
  if (!('specversion' in userProperties)) {
    const arrival = openCloudEvent(JSON.parse(payload.toString()), connection);
    if (arrival.topic !== localTopic) throw new Error(`${arrival.topic} is not ${localTopic}`);
    return arrival;
  }
  return placed(userProperties, localTopic, payload.toString(), connection);
}

/** A CloudEvent in JSON. @throws Error what is wrong with it */
export function openCloudEvent(event: Readonly<Record<string, unknown>>, connection: number): Arrival {
  return placed(event, String(event['subject']), innerPayload(event), connection);
}

function placed(
  { id, prev, replayed }: Readonly<Record<string, unknown>>,
  topic: string,
  payload: string,
  connection: number,
): Arrival {
  const [, stream, epoch, first, sequence] = ID.exec(String(id)) ?? [];
  if (stream === undefined || epoch === undefined) throw new Error(`${id} is no id of an event`);
  if (prev !== 'none' && !/^[1-9]\d*$/.test(String(prev))) throw new Error(`${prev} is no predecessor`);
  const kind = first === undefined ? 'event' : 'lost';
  const arrival = { kind, connection, id: String(id), stream, epoch, sequence: Number(sequence) } as const;
  const isReplayed = replayed === true || replayed === 'true';
  return { ...arrival, prev: prev === 'none' ? 0 : Number(prev), isReplayed, topic, payload };
}

/** @see CloudEvents JSON format 1.0, section 3.1: binary data travels as `data_base64` */
function innerPayload({ data, data_base64: binary }: Readonly<Record<string, unknown>>): string {
  return typeof binary === 'string' ? Buffer.from(binary, 'base64').toString() : JSON.stringify(data);
}
