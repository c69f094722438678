import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CanFrame } from '#devices/can/can-frame.ts';
import { J1939Bus } from './j1939-bus.ts';
import { encodeJ1939Id } from './j1939-id.ts';
import type { J1939Message } from './j1939-message.ts';
import { type LongMessage, segmentPackets, segmentTransfer, transportControlFrame } from './segment-transfer.ts';
import {
  decodeTransportControl,
  EXTENDED_CONTROL_PGN,
  encodeTransportControl,
  TRANSPORT_CONTROL_PGN,
  TRANSPORT_PACKET_PGN,
  type TransportControl,
} from './transport-control.ts';

const byte = fc.integer({ min: 0, max: 255 });
const node = fc.integer({ min: 0, max: 7 });
const pgn = fc.constantFrom(0xef00, 65226, 65260, 0x1f801);

/** What two nodes, or one and all, say to each other: transfers one after the other, each with its frames of both sides. */
const conversation = fc.record({
  source: node,
  destination: fc.oneof(node, fc.constant(255)),
  transfers: fc.array(
    fc.record({
      pgn,
      sizeBytes: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 9, max: 60 }) }, fc.constantFrom(14, 15, 1785)),
      fill: byte,
      packetsPerCts: fc.integer({ min: 1, max: 20 }),
      /** The receiver asks for this packet once more in the end, after a while of waiting. */
      repeats: fc.option(fc.nat(), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

type Conversation = typeof conversation extends fc.Arbitrary<infer T> ? T : never;

/** Each message is unlike all others: place of the conversation and the transfer stand in it. */
function messagesOf({ source, destination, transfers }: Conversation, place: number): readonly LongMessage[] {
  return transfers.map(({ pgn, sizeBytes, fill }, index) => {
    const data = new Uint8Array(sizeBytes).map((_, offset) => fill + offset * 11 + index * 3);
    for (let start = 0; start < sizeBytes; start += 7) data.set([place, index].slice(0, sizeBytes - start), start);
    return { priority: 7, pgn, source, destination, data };
  });
}

function framesOf(talk: Conversation, place: number): CanFrame[] {
  return messagesOf(talk, place).flatMap((message, index) => {
    const { packetsPerCts = 1, repeats } = talk.transfers[index] ?? {};
    const frames = [...segmentTransfer(message, packetsPerCts)];
    const packets = segmentPackets(message);
    const end = frames.at(-1);
    if (talk.destination === 255 || repeats === undefined || end === undefined) return frames;
    const back = { priority: 7, source: talk.destination, destination: talk.source };
    const ask = (packetCount: number, nextPacket: number) =>
      transportControlFrame({ kind: 'cts', pgn: message.pgn, packetCount, nextPacket }, back);
    const again = repeats % packets.length;
    return [...frames.slice(0, -1), ask(0, 255), ask(1, again + 1), ...packets.slice(again, again + 1), end];
  });
}

/** One thing that goes wrong with one conversation. */
const fault = fc.record({
  kind: fc.constantFrom('lose', 'repeat', 'swap', 'cut', 'abort', 'flip'),
  victim: fc.nat(),
  at: fc.nat(),
});

function disturb(frames: CanFrame[], kind: string, at: number, { source, destination }: Conversation): CanFrame[] {
  const place = at % frames.length;
  const [here, next] = [frames[place], frames[place + 1]];
  if (here === undefined) return frames;
  const before = frames.slice(0, place);
  const after = frames.slice(place + 1);
  if (kind === 'lose') return [...before, ...after];
  if (kind === 'repeat') return [...before, here, here, ...after];
  if (kind === 'swap' && next !== undefined) return [...before, next, here, ...after.slice(1)];
  if (kind === 'cut') return before;
  if (kind === 'flip') {
    // The number of a packet, or what a control frame is.
    const data = here.data.map((value, index) => (index === 0 ? value ^ (1 << (at % 7)) : value));
    return [...before, { ...here, data }, ...after];
  }
  const aborts = [0xef00, 65226, 65260, 0x1f801].map((group) =>
    transportControlFrame({ kind: 'abort', pgn: group, reason: 3 }, { priority: 7, source, destination }),
  );
  return [...before, ...aborts, here, ...after];
}

/** All conversations on one bus, each in its order; a millisecond a frame. */
function hear(talks: readonly (readonly CanFrame[])[], order: readonly number[]): readonly J1939Message[] {
  const messages: J1939Message[] = [];
  const bus = new J1939Bus({ onMessage: (message) => messages.push(message), onClaim: () => {}, onDtc: () => {} });
  const queues = talks.map((frames) => [...frames]);
  let nowMs = 0;
  for (let turn = 0; queues.some((queue) => queue.length > 0); turn++) {
    const waiting = queues.filter((queue) => queue.length > 0);
    const frame = waiting[(order[turn % order.length] ?? 0) % waiting.length]?.shift();
    if (frame !== undefined) bus.take(frame, nowMs++ / 8);
  }
  bus.tick(Number.POSITIVE_INFINITY);
  return messages;
}

function describeMessage({ source, destination, pgn: group, data }: LongMessage): string {
  return `${source}>${destination} ${group} ${Buffer.from(data).toString('hex')}`;
}

/** One conversation a pair: two between the same nodes would be one. */
const conversations = fc.uniqueArray(conversation, {
  selector: ({ source, destination }) => (destination === 255 ? `${source}` : `${[source, destination].sort()}`),
  minLength: 1,
  maxLength: 6,
});
const order = fc.array(fc.nat(), { minLength: 1, maxLength: 40 });

it('tells all transfers of a bus of several nodes, however they are interleaved', () => {
  fc.assert(
    fc.property(conversations, order, (talks, turns) => {
      const sent = talks.flatMap(messagesOf).map(describeMessage);
      const heard = hear(talks.map(framesOf), turns).map(describeMessage);
      expect(heard.sort()).toEqual(sent.sort());
    }),
    { numRuns: 200 },
  );
});

it('tells of disturbed transfers what was sent, or nothing, and of the others everything', () => {
  fc.assert(
    fc.property(conversations, order, fc.array(fault, { minLength: 1, maxLength: 3 }), (talks, turns, faults) => {
      const frames = talks.map(framesOf);
      const disturbed = new Set<number>();
      for (const { kind, victim, at } of faults) {
        const place = victim % talks.length;
        const talk = talks[place];
        // Two faults can make up for each other: the packet of one transfer in the place of another's is nobody's to find.
        if (talk === undefined || disturbed.has(place)) continue;
        disturbed.add(place);
        frames[place] = disturb(frames[place] ?? [], kind, at, talk);
      }
      const sent = talks.map((talk, place) => messagesOf(talk, place).map(describeMessage));
      const heard = hear(frames, turns).map(describeMessage);
      const told = new Set(heard);
      expect(told.size).toBe(heard.length);
      expect(told.isSubsetOf(new Set(sent.flat()))).toBe(true);
      const undisturbed = sent.filter((_, place) => !disturbed.has(place)).flat();
      expect(new Set(undisturbed).isSubsetOf(told)).toBe(true);
    }),
    { numRuns: 400 },
  );
});

it('takes any frames at any times without an exception, and tells nothing of a wrong size', () => {
  const frame = fc.record({
    pgn: fc.constantFrom(TRANSPORT_CONTROL_PGN, TRANSPORT_PACKET_PGN, EXTENDED_CONTROL_PGN, 60928, 65226, 65227, 61444),
    source: byte,
    destination: fc.oneof(byte, fc.constant(255)),
    control: fc.constantFrom(16, 17, 19, 32, 255, 0, 1, 2),
    rest: fc.uint8Array({ maxLength: 9 }),
    nowMs: fc.oneof(fc.integer({ min: -1e6, max: 1e6 }), fc.constantFrom(0, Number.POSITIVE_INFINITY)),
  });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 60 }), (frames) => {
      const bus = new J1939Bus({
        onMessage: ({ data, transport }) => {
          if (transport !== 'frame') expect(data.length >= 9 && data.length <= 1785).toBe(true);
        },
        onClaim: () => {},
        onDtc: () => {},
      });
      for (const { pgn: group, source, destination, control, rest, nowMs } of frames) {
        const id = encodeJ1939Id({ priority: 7, pgn: group, source, destination });
        bus.take({ id, isExtended: true, isRemote: false, data: Uint8Array.of(control, ...rest) }, nowMs);
        bus.tick(nowMs);
      }
    }),
    { numRuns: 300 },
  );
});

it('writes back the control frames that it reads', () => {
  const sizes = { sizeBytes: fc.integer({ min: 0, max: 65_535 }), packetCount: byte };
  const control: fc.Arbitrary<TransportControl> = fc.oneof(
    fc.record({ kind: fc.constant('bam' as const), pgn, ...sizes }),
    fc.record({ kind: fc.constant('rts' as const), pgn, ...sizes, maxPacketsPerCts: fc.integer({ min: 0, max: 254 }) }),
    fc.record({ kind: fc.constant('rts' as const), pgn, ...sizes }),
    fc.record({ kind: fc.constant('endOfMessage' as const), pgn, ...sizes }),
    fc.record({ kind: fc.constant('cts' as const), pgn, packetCount: byte, nextPacket: byte }),
    fc.record({ kind: fc.constant('abort' as const), pgn, reason: byte }),
  );
  fc.assert(
    fc.property(control, (stated) => {
      expect(decodeTransportControl(encodeTransportControl(stated))).toEqual({ isDecoded: true, value: stated });
    }),
  );
});
