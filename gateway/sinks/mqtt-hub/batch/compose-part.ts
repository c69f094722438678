import type { Epoch, StreamId } from '#gateway/model/message.ts';
import type { OutgoingEvent, Packet } from '#gateway/sinks/delivery/target.ts';
import { isPlainJson } from '#gateway/sinks/is-plain-json.ts';
import { timeOf } from '#gateway/sinks/mqtt-hub/cloud-event.ts';
import { isOwnEvent, matching, membersOf, readJson, statedTime } from '#gateway/sinks/own-event.ts';

/** One event, ready to go into a batch. `sizeBytes` is what it takes there before compression. */
export interface BatchPart extends Packet {
  readonly stream: StreamId;
  readonly epoch: Epoch;
  readonly sequence: number;
  /** The first sequence that it stands for: another one only where records were lost. */
  readonly first: number;
  /** The sequence forwarded before it; 0 for none. */
  readonly prev: number;
  readonly isReplayed: boolean;
  /** Events of one topic resemble each other. */
  readonly topic: string;
  /** Its JSON object. */
  readonly json: Buffer;
}

/** Content types that are stated are copied within bounds, as they are into the attributes of single events. */
const CONTENT_TYPE = /^[\x20-\x7e]{1,255}$/;

/** Deterministic: key order, spelling and bytes depend on the event alone [D2]. Never throws, whatever the payload holds. */
export function composePart({ stored, prev, isReplayed, accepted }: OutgoingEvent): BatchPart {
  const { stream, epoch, sequence, firstLost, record } = stored;
  const payload = Buffer.from(record.payload.buffer, record.payload.byteOffset, record.payload.byteLength);
  const own = isOwnEvent(record) ? membersOf(readJson(payload)?.value) : {};
  const { time, timeExtensions } = timeOf(statedTime(own), accepted);
  const contentType = matching(record.contentType, CONTENT_TYPE);
  const head = JSON.stringify({
    seq: sequence,
    first: firstLost,
    time,
    ...timeExtensions,
    contentType,
    topic: record.topic,
  });
  const json = isPlainJson(payload)
    ? Buffer.concat([Buffer.from(`${head.slice(0, -1)},"payload":`), payload, CLOSING_BRACE])
    : Buffer.from(`${head.slice(0, -1)},"payloadBase64":"${payload.toString('base64')}"}`);
  // A comma stands between two of them.
  const sizeBytes = json.length + 1;
  return {
    stream,
    epoch,
    sequence,
    first: firstLost ?? sequence,
    prev,
    isReplayed,
    topic: record.topic,
    json,
    sizeBytes,
  };
}

const CLOSING_BRACE = Buffer.from('}');
