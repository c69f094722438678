import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CAN_FD_LENGTHS, type CanFrame } from '#devices/can/can-frame.ts';
import { CaptureRing } from './capture-ring.ts';

const classical: fc.Arbitrary<CanFrame> = fc.boolean().chain((isExtended) =>
  fc.record({
    id: fc.nat(isExtended ? 0x1fff_ffff : 0x7ff),
    isExtended: fc.constant(isExtended),
    isRemote: fc.constant(false),
    data: fc.uint8Array({ maxLength: 8 }),
  }),
);
const remote: fc.Arbitrary<CanFrame> = classical.map((frame) => ({
  ...frame,
  isRemote: true,
  data: new Uint8Array(0),
}));
const fd: fc.Arbitrary<CanFrame> = fc
  .tuple(classical, fc.constantFrom(...CAN_FD_LENGTHS), fc.boolean())
  .map(([frame, length, isBitrateSwitched]) => {
    const data = Uint8Array.from({ length }, (_, index) => (index * 7 + frame.id) & 255);
    return { ...frame, data, isFd: true, isBitrateSwitched };
  });

it('holds the newest frames that fit, whatever their sizes, and gives each back as it came', () => {
  const frames = fc.array(fc.oneof({ weight: 5, arbitrary: classical }, remote, fd), { maxLength: 120 });
  fc.assert(
    fc.property(frames, fc.integer({ min: 80, max: 700 }), fc.nat(119), (pushed, sizeBytes, readAfter) => {
      const ring = new CaptureRing(sizeBytes);
      const early = ring.cursorAt(0);
      const readEarly: CanFrame[] = [];
      let lostCount = 0;
      const drain = () => {
        lostCount += ring.skipLost(early);
        for (let next = ring.read(early); next !== undefined; next = ring.read(early)) readEarly.push(next.frame);
      };
      for (const [index, frame] of pushed.entries()) {
        ring.push(frame, index);
        if (index === readAfter) drain();
      }
      drain();
      expect(readEarly.length + lostCount).toBe(pushed.length);
      // What fits: counted from the newest back, 16 bytes and the data in eights for each.
      let room = Math.floor(sizeBytes / 8);
      let kept = 0;
      for (const { data } of pushed.toReversed()) {
        room -= 2 + Math.ceil(data.length / 8);
        if (room < 0) break;
        kept++;
      }
      expect(ring.frameCount).toBe(kept);
      const cursor = ring.cursorAt(pushed.length - kept);
      const read: unknown[] = [];
      for (let next = ring.read(cursor); next !== undefined; next = ring.read(cursor))
        read.push([next.timeMs, next.frame]);
      expect(read).toEqual([...pushed.entries()].slice(pushed.length - kept));
      const half = ring.cursorAt(pushed.length - kept / 2);
      const halfMs = ring.timeAt(half);
      if (halfMs !== undefined) expect(halfMs).toBe(Math.ceil(pushed.length - kept / 2));
    }),
    { numRuns: 400 },
  );
});
