import fc from 'fast-check';
import { generate } from 'mqtt-packet';
import { expect, it } from 'vitest';
import { PacketFramer } from './packet-framer.ts';

const MAX_PACKET_BYTES = 512;

const packets = fc
  .record({ topic: fc.stringMatching(/^[a-z]{1,8}$/), payload: fc.uint8Array({ maxLength: 300 }) })
  .map(({ topic, payload }) =>
    generate({ cmd: 'publish', topic, payload: Buffer.from(payload), qos: 0, dup: false, retain: false }),
  );

/** Cuts bytes at the given places. */
function chop(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

it('gives the same packets in any chunking', () => {
  fc.assert(
    fc.property(fc.array(packets, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 20 }), (sent, cuts) => {
      const framer = new PacketFramer(MAX_PACKET_BYTES);
      const bytes = Buffer.concat(sent);
      const passed: Buffer[] = [];
      let received = 0;
      for (const chunk of chop(bytes, cuts)) {
        const framed = framer.push(chunk);
        if (!framed.isFramed) throw new Error(framed.reason);
        passed.push(...framed.whole);
        received += chunk.length;
        // Whole packets only: what has been passed on ends where a packet ends.
        const ends = sent.map((_, index) => Buffer.concat(sent.slice(0, index + 1)).length);
        expect(Buffer.concat(passed).length).toBe(ends.findLast((end) => end <= received) ?? 0);
      }
      expect(Buffer.concat(passed)).toEqual(bytes);
    }),
  );
});

it('answers any bytes with packets or a reason, and holds back no more than one packet [B5]', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 6 }), (chunks) => {
      const framer = new PacketFramer(MAX_PACKET_BYTES);
      let heldBytes = 0;
      for (const chunk of chunks) {
        const framed = framer.push(Buffer.from(chunk));
        if (!framed.isFramed) return;
        heldBytes += chunk.length - framed.whole.reduce((sum, packet) => sum + packet.length, 0);
        expect(heldBytes).toBeGreaterThanOrEqual(0);
        expect(heldBytes).toBeLessThan(MAX_PACKET_BYTES);
      }
    }),
  );
});
