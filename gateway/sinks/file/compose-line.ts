import type { OutgoingEvent, Packet } from '#gateway/sinks/delivery/target.ts';
import { describeEvent } from '#gateway/sinks/mqtt-hub/cloud-event.ts';
import { structuredMode } from '#gateway/sinks/mqtt-hub/compose-publish.ts';
import { startOf } from './file-name.ts';

/** An event as it stands in a file. */
export interface LinePacket extends Packet {
  /** CloudEvents JSON and a line feed. */
  readonly line: Buffer;
  /** The date that a file gets which begins with it. */
  readonly start: string;
}

const [LINE_FEED, CARRIAGE_RETURN, SPACE] = [0x0a, 0x0d, 0x20];
const END = Buffer.from('\n');

/** Pure: the same event gives the same bytes [D2]. */
export function composeLine(gatewayUid: string, event: OutgoingEvent): LinePacket {
  const { topic, payload } = event.stored.record;
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const composed = structuredMode(describeEvent(event, gatewayUid), topic, bytes);
  const line = Buffer.concat([composed, END]);
  // In JSON a line end is white space wherever it may stand: a payload that was laid out over lines says the same on one.
  for (let at = 0; at < composed.length; at++) {
    if (line[at] === LINE_FEED || line[at] === CARRIAGE_RETURN) line[at] = SPACE;
  }
  return { line, start: startOf(event), sizeBytes: line.length };
}
