import type { OutgoingEvent, Packet } from '#gateway/sinks/delivery/target.ts';
import { describeEvent } from '#gateway/sinks/mqtt-hub/cloud-event.ts';
import { structuredMode } from '#gateway/sinks/mqtt-hub/structured-mode.ts';

/** An event as it stands in a batch. */
export interface WebhookPacket extends Packet {
  /** `<stream>-<epoch>-<sequence>`. */
  readonly name: string;
  readonly sequence: number;
  /** CloudEvents JSON. */
  readonly event: Buffer;
}

/** Pure: the same event gives the same bytes [D2]. */
export function composeEvent(gatewayUid: string, event: OutgoingEvent): WebhookPacket {
  const { stream, epoch, sequence, record } = event.stored;
  const payload = Buffer.from(record.payload.buffer, record.payload.byteOffset, record.payload.byteLength);
  const composed = structuredMode(describeEvent(event, gatewayUid), record.topic, payload, 'document');
  const separatorBytes = 1;
  return {
    name: `${stream}-${epoch}-${sequence}`,
    sequence,
    event: composed,
    sizeBytes: composed.length + separatorBytes,
  };
}
