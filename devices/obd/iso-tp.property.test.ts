import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeObdMessage } from './decode-obd-message.ts';
import { IsoTpReassembler } from './iso-tp-reassembler.ts';
import { type SegmentOptions, segmentIsoTp } from './segment-iso-tp.ts';

const payloads = fc.uint8Array({ minLength: 1, maxLength: 150 });
const shapes: fc.Arbitrary<SegmentOptions> = fc.record(
  {
    frameBytes: fc.constantFrom(8, 12, 16, 20, 24, 32, 48, 64),
    padding: fc.constantFrom(0x00, 0x55, 0xaa, 0xcc, 0xff),
  },
  { requiredKeys: [] },
);

interface Sent {
  readonly id: number;
  readonly data: Uint8Array;
}

function hear(frames: readonly Sent[], gapMs = 1): readonly string[] {
  const heard: string[] = [];
  const reassembler = new IsoTpReassembler(({ id, payload }) =>
    heard.push(`${id} ${Buffer.from(payload).toString('hex')}`),
  );
  for (const [index, { id, data }] of frames.entries())
    reassembler.take({ id, isExtended: id > 0x7ff, isRemote: false, data }, index * gapMs);
  return heard;
}

/** Frames of several senders in any order that keeps that of each. */
function interleave(senders: readonly (readonly Sent[])[], choices: readonly number[]): readonly Sent[] {
  const queues = senders.map((frames) => [...frames]);
  const sent: Sent[] = [];
  for (let turn = 0; queues.some((queue) => queue.length > 0); turn++) {
    const waiting = queues.filter((queue) => queue.length > 0);
    const next = waiting[(choices[turn % choices.length] ?? 0) % waiting.length]?.shift();
    if (next !== undefined) sent.push(next);
  }
  return sent;
}

/** One control unit that answers, with the flow control of the tester, which a listener hears as well. */
function exchange(id: number, payload: Uint8Array): readonly Sent[] {
  const frames = segmentIsoTp(payload, { padding: 0x55 }).map((data) => ({ id, data }));
  const [first, ...rest] = frames;
  if (first === undefined || rest.length === 0) return frames;
  return [first, { id: id ^ 8, data: Uint8Array.of(0x30, 0, 0) }, ...rest];
}

describe('ISO-TP', () => {
  it('is put together as it was cut, whatever the frames', () => {
    fc.assert(
      fc.property(payloads, shapes, (payload, shape) => {
        const frames = segmentIsoTp(payload, shape).map((data) => ({ id: 0x7e8, data }));
        expect(hear(frames)).toEqual([`${0x7e8} ${Buffer.from(payload).toString('hex')}`]);
      }),
    );
  });

  it('keeps control units apart that answer at the same time', () => {
    fc.assert(
      fc.property(
        fc.array(payloads, { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat(7), { minLength: 1 }),
        (sent, choices) => {
          const senders = sent.map((payload, index) => exchange(0x7e8 + index, payload));
          const expected = sent.map((payload, index) => `${0x7e8 + index} ${Buffer.from(payload).toString('hex')}`);
          expect([...hear(interleave(senders, choices))].sort()).toEqual(expected.sort());
        },
      ),
    );
  });

  it('gives what was sent or nothing, when a frame is lost, comes twice or changes its place', () => {
    const damages = fc.record({ kind: fc.constantFrom('drop', 'repeat', 'swap'), at: fc.nat(400) });
    fc.assert(
      fc.property(fc.array(payloads, { minLength: 1, maxLength: 5 }), damages, (sent, { kind, at }) => {
        const frames = [...sent.flatMap((payload) => exchange(0x7e8, payload))];
        const index = at % frames.length;
        const frame = frames[index];
        if (frame === undefined) return;
        const next = frames[index + 1] ?? frame;
        if (kind === 'drop') frames.splice(index, 1);
        else if (kind === 'repeat') frames.splice(index, 0, frame);
        else frames.splice(index, 2, next, frame);
        const whole = sent.map((payload) => `${0x7e8} ${Buffer.from(payload).toString('hex')}`);
        for (const message of hear(frames)) expect(whole).toContain(message);
      }),
      { numRuns: 300 },
    );
  });

  it('throws for no frames, and follows no more senders than it may', () => {
    const frames = fc.array(
      fc.record({
        id: fc.oneof(fc.integer({ min: 0x7e0, max: 0x7ef }), fc.integer({ min: 0x18daf100, max: 0x18daf1ff })),
        data: fc.uint8Array({ maxLength: 64 }),
      }),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(frames, (sent) => {
        const reassembler = new IsoTpReassembler(({ payload }) => void decodeObdMessage(payload));
        for (const [index, { id, data }] of sent.entries())
          reassembler.take({ id, isExtended: id > 0x7ff, isRemote: false, data }, index);
        expect(reassembler.openCount).toBeLessThanOrEqual(64);
      }),
    );
  });
});
