/** What bytes cost on a link besides themselves, IPv4 over Ethernet frames of 1,500 bytes; nothing is lost and sent again. */
const PACKET_OVERHEAD_BYTES = 40;
const SEGMENT_BYTES = 1460;
/** Of each TLS 1.3 record: its head, type and tag. */
const TLS_RECORD_OVERHEAD_BYTES = 22;
const TLS_RECORD_BYTES = 16_384;
const PUBACK_BYTES = 4;
/** Request line and headers of a write, and the answer to it. */
const HTTP_REQUEST_BYTES = 300;
const HTTP_ANSWER_BYTES = 200;

/**
 * What one PUBLISH with QoS 1 takes on the wire when it goes by itself, both ways, its acknowledgement included: an event with 157
 * bytes of packet takes 325. Events that follow each other closely share packets and take about 125 less each.
 */
export function publishWireBytes(packetBytes: number, isTls: boolean): number {
  return exchangeBytes(packetBytes, PUBACK_BYTES, isTls);
}

/** What one HTTP request takes on a connection that is open. */
export function requestWireBytes(bodyBytes: number, isTls: boolean): number {
  return exchangeBytes(HTTP_REQUEST_BYTES + bodyBytes, HTTP_ANSWER_BYTES, isTls);
}

/** Packets as they were counted between two hosts: 3, 5 and 10 for a question of one segment, of two and of seven. */
function exchangeBytes(askedBytes: number, answeredBytes: number, isTls: boolean): number {
  const asked = askedBytes + tlsBytes(askedBytes, isTls);
  const answered = answeredBytes + tlsBytes(answeredBytes, isTls);
  const segments = Math.ceil(asked / SEGMENT_BYTES);
  const packets = segments + 1 + Math.min(segments, 2);
  return asked + answered + packets * PACKET_OVERHEAD_BYTES;
}

function tlsBytes(bytes: number, isTls: boolean): number {
  return isTls ? Math.ceil(bytes / TLS_RECORD_BYTES) * TLS_RECORD_OVERHEAD_BYTES : 0;
}
