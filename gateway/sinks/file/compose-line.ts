import type { OutgoingEvent, Packet } from '#gateway/sinks/delivery/target.ts';
import { describeEvent } from '#gateway/sinks/mqtt-hub/cloud-event.ts';
import { structuredMode } from '#gateway/sinks/mqtt-hub/structured-mode.ts';
import { startOf } from './file-name.ts';

/** An event as it stands in a file. */
export interface LinePacket extends Packet {
  /** CloudEvents JSON and a line feed. */
  readonly line: Buffer;
  /** The date that a file gets which begins with it. */
  readonly start: string;
}

const LINE_FEED = Buffer.from('\n');

/** Pure: the same event gives the same bytes [D2]. */
export function composeLine(gatewayUid: string, event: OutgoingEvent): LinePacket {
  const { topic, payload } = event.stored.record;
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const line = Buffer.concat([structuredMode(describeEvent(event, gatewayUid), topic, bytes, 'line'), LINE_FEED]);
  return { line, start: startOf(event), sizeBytes: line.length };
}
