import { encodeFlowControl, ISO_TP_TIMEOUT_MS } from '#devices/obd/iso-tp.ts';
import { IsoTpReassembler, MAX_ISO_TP_MESSAGE_BYTES, MAX_TRANSFERS } from '#devices/obd/iso-tp-reassembler.ts';
import { segmentIsoTp } from '#devices/obd/segment-iso-tp.ts';
import { expectThat, type FuzzInput, type FuzzTarget } from '#tests/fuzz/fuzz-target.ts';
import { damageBytes, damageOrder, isLikely, loseFrames, pick, randomBytes } from '#tests/fuzz/mutate.ts';
import type { SeededRandom } from '#tests/support/seeded-random.ts';
import { atMsOf, frameOf, framePiece } from './frame-piece.ts';
import { isSealed, sealedBytes } from './sealed-bytes.ts';

/** Sequence numbers have four bits: of a longer message, sixteen frames in a row could be missing unseen. */
const MAX_SEALED_BYTES = 6 + 7 * 15;

/** Frames of several control units, interleaved; each waits a while before it begins another message. */
function conversation(random: SeededRandom, makePayload: () => Uint8Array): FuzzInput {
  const pieces = Array.from({ length: random.integer(1, 4) }, (_, index) => {
    const isExtended = isLikely(random, 0.3);
    const id = isExtended ? 0x18daf110 + index : 0x7e8 + index;
    const options = isLikely(random, 0.5) ? { padding: pick(random, [0, 0x55, 0xaa, 0xcc]) } : {};
    let atMs = 0;
    return Array.from({ length: random.integer(1, 3) }, () => {
      atMs += 2 * ISO_TP_TIMEOUT_MS;
      return segmentIsoTp(makePayload(), options).map((data) => {
        atMs += random.integer(0, 20);
        return framePiece({ id, isExtended, isRemote: false, data }, atMs);
      });
    }).flat();
  });
  if (isLikely(random, 0.3)) pieces.push([flowControlPiece(random)]);
  return pieces.flat().toSorted((a, b) => atMsOf(a) - atMsOf(b));
}

function flowControlPiece(random: SeededRandom): Uint8Array {
  const status = pick(random, ['continue', 'continue', 'wait', 'overflow'] as const);
  const data = encodeFlowControl({ status, blockSize: random.integer(0, 4), separationTimeMs: 5 });
  const id = 0x7e0 + random.integer(0, 3);
  return framePiece({ id, isExtended: false, isRemote: false, data }, 2 * ISO_TP_TIMEOUT_MS + random.integer(0, 100));
}

/** @returns when the last one came: time does not go back, whatever became of the order */
function feed(reassembler: IsoTpReassembler, input: FuzzInput, startMs = 0): number {
  let nowMs = startMs;
  for (const piece of input) {
    const { atMs, frame } = frameOf(piece);
    nowMs = Math.max(nowMs, startMs + atMs);
    reassembler.take(frame, nowMs);
    if (nowMs % 7 === 0) reassembler.tick(nowMs);
  }
  return nowMs;
}

function openForEver(): (input: FuzzInput) => void {
  const reassembler = new IsoTpReassembler(() => {});
  let nowMs = 0;
  return (input) => {
    nowMs = feed(reassembler, input, nowMs);
  };
}

/** Transfers of diagnostics: any bytes, and whole frames that get lost, doubled and swapped. */
export const ISO_TP_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'iso-tp',
    hasLoosePieces: true,
    generate(random) {
      const pieces = conversation(random, () =>
        randomBytes(random, isLikely(random, 0.01) ? 4095 : pick(random, [1, 7, 8, 20, 62, 200])),
      );
      const damaged = pieces.map((piece) =>
        isLikely(random, 0.2) ? damageBytes(random, piece, '\x00\x10\x21\x30') : piece,
      );
      return isLikely(random, 0.5) ? damageOrder(random, damaged) : damaged;
    },
    check(input) {
      let messageCount = 0;
      const reassembler = new IsoTpReassembler(({ isSegmented, payload }) => {
        messageCount += 1;
        const isRight = payload.length >= 1 && payload.length <= (isSegmented ? MAX_ISO_TP_MESSAGE_BYTES : 62);
        expectThat(isRight, () => `a message of ${payload.length} bytes, segmented: ${isSegmented}`);
      });
      feed(reassembler, input);
      expectThat(messageCount <= input.length, () => `${messageCount} messages of ${input.length} frames`);
      expectThat(reassembler.openCount <= MAX_TRANSFERS, () => `${reassembler.openCount} are open`);
      reassembler.flush();
      expectThat(reassembler.openCount === 0, () => 'some are open after the end');
    },
    open: openForEver,
  },
  {
    name: 'iso-tp-order',
    hasLoosePieces: false,
    generate(random) {
      const pieces = conversation(random, () => sealedBytes(random, random.integer(8, MAX_SEALED_BYTES)));
      return isLikely(random, 0.8) ? loseFrames(random, pieces, atMsOf) : pieces;
    },
    check(input) {
      const reassembler = new IsoTpReassembler(({ payload }) => {
        expectThat(isSealed(payload), () => `nobody sent ${Buffer.from(payload).toString('hex')}`);
      });
      feed(reassembler, input);
    },
  },
];
