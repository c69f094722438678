import type { CanFrame } from '#devices/can/can-frame.ts';
import {
  DM1_PGN,
  decodeDiagnosticMessage,
  encodeDiagnosticMessage,
  encodeDtc,
  type J1939Dtc,
} from '#devices/can/j1939/diagnostic-message.ts';
import { J1939Bus, type J1939Handler } from '#devices/can/j1939/j1939-bus.ts';
import { encodeJ1939Id, GLOBAL_ADDRESS, type J1939Id } from '#devices/can/j1939/j1939-id.ts';
import { type J1939Message, MAX_TRANSFER_BYTES, MIN_TRANSFER_BYTES } from '#devices/can/j1939/j1939-message.ts';
import { ADDRESS_CLAIM_PGN } from '#devices/can/j1939/j1939-name.ts';
import type { Lamps } from '#devices/can/j1939/lamps.ts';
import { segmentTransfer } from '#devices/can/j1939/segment-transfer.ts';
import { expectThat, type FuzzInput, type FuzzTarget } from '#tests/fuzz/fuzz-target.ts';
import { damageBytes, damageOrder, isLikely, loseFrames, pick, randomBytes } from '#tests/fuzz/mutate.ts';
import type { SeededRandom } from '#tests/support/seeded-random.ts';
import { atMsOf, frameOf, framePiece } from './frame-piece.ts';
import { isSealed, sealedBytes } from './sealed-bytes.ts';

/** Nodes wait so long before they begin another transfer: the one before has timed out then, wherever it was cut. */
const PAUSE_MS = 2_600;
/** What a transfer of the conversation carries; nothing that a bus understands. */
const PGN = 65_280;

/** Frames of several nodes, interleaved. */
function conversation(
  random: SeededRandom,
  makeFrames: (way: J1939Id, index: number) => readonly CanFrame[],
): FuzzInput {
  const pieces = Array.from({ length: random.integer(1, 4) }, (_, index) => {
    let atMs = 0;
    return Array.from({ length: random.integer(1, 3) }, () => {
      const destination = isLikely(random, 0.5) ? GLOBAL_ADDRESS : 0x80 + index;
      atMs += PAUSE_MS;
      return makeFrames({ priority: 7, pgn: PGN, source: index, destination }, index).map((frame) => {
        atMs += random.integer(1, 20);
        return framePiece(frame, atMs);
      });
    }).flat();
  });
  return pieces.flat().toSorted((a, b) => atMsOf(a) - atMsOf(b));
}

/** @returns when the last one came: time does not go back, whatever became of the order */
function feed(bus: J1939Bus, input: FuzzInput, startMs = 0): number {
  let nowMs = startMs;
  for (const piece of input) {
    const { atMs, frame } = frameOf(piece);
    nowMs = Math.max(nowMs, startMs + atMs);
    bus.take(frame, nowMs);
    if (nowMs % 7 === 0) bus.tick(nowMs);
  }
  return nowMs;
}

function openForEver(): (input: FuzzInput) => void {
  const bus = new J1939Bus({ onMessage: () => {}, onClaim: () => {}, onDtc: () => {} });
  let nowMs = 0;
  return (input) => {
    nowMs = feed(bus, input, nowMs);
  };
}

function frameWith(way: J1939Id, data: Uint8Array): CanFrame {
  return { id: encodeJ1939Id(way), isExtended: true, isRemote: false, data };
}

function anyFrames(random: SeededRandom, way: J1939Id): readonly CanFrame[] {
  const kind = pick(random, ['transfer', 'transfer', 'codes', 'claim', 'frame'] as const);
  if (kind === 'claim') {
    const source = pick(random, [way.source, 254, 255]);
    const name = randomBytes(random, 8);
    return [frameWith({ ...way, pgn: ADDRESS_CLAIM_PGN, source, destination: GLOBAL_ADDRESS }, name)];
  }
  if (kind === 'frame')
    return [frameWith({ ...way, pgn: pick(random, [61_444, 59_904, DM1_PGN]) }, randomBytes(random, 8))];
  const toAll = { ...way, pgn: DM1_PGN, destination: GLOBAL_ADDRESS };
  if (kind === 'codes') {
    const data = randomDiagnostic(random);
    return data.length > 8 ? segmentTransfer({ ...toAll, data }) : [frameWith(toAll, data)];
  }
  const sizeBytes = isLikely(random, 0.02) ? MAX_TRANSFER_BYTES : random.integer(MIN_TRANSFER_BYTES, 120);
  return segmentTransfer({ ...way, data: randomBytes(random, sizeBytes) }, random.integer(1, 16));
}

const LAMP_STATES = ['off', 'on', 'slowFlash', 'fastFlash'] as const;

function randomDiagnostic(random: SeededRandom): Uint8Array {
  const lamps: Lamps = { malfunctionIndicator: pick(random, LAMP_STATES), protect: pick(random, LAMP_STATES) };
  const dtcs = Array.from({ length: pick(random, [0, 1, 2, 5, 20]) }, () => {
    const fields = {
      spn: random.integer(0, 2 ** 19 - 1),
      fmi: random.integer(0, 31),
      occurrenceCount: random.integer(0, 127),
    };
    return { bits: encodeDtc(fields) };
  });
  return encodeDiagnosticMessage(lamps, dtcs);
}

function expectDtc({ bits, fmi, occurrenceCount = 0, spn = 0 }: J1939Dtc): void {
  const isRight = spn >= 0 && spn < 2 ** 19 && fmi >= 0 && fmi < 32 && occurrenceCount >= 0 && occurrenceCount < 127;
  expectThat(
    isRight && bits !== 0 && bits !== 0xffff_ffff,
    () => `SPN ${spn}, FMI ${fmi}, ${occurrenceCount} times, ${bits}`,
  );
}

function expectMessage({ data, destination, pgn, priority, source, transport }: J1939Message): void {
  const isLong = data.length >= MIN_TRANSFER_BYTES && data.length <= MAX_TRANSFER_BYTES;
  expectThat(transport === 'frame' ? data.length <= 8 : isLong, () => `${data.length} bytes by ${transport}`);
  const isRight = pgn >= 0 && pgn < 2 ** 18 && priority < 8 && source < 256 && destination < 256;
  expectThat(isRight, () => `PGN ${pgn}, priority ${priority}, from ${source} to ${destination}`);
}

const JUDGE: J1939Handler = {
  onMessage: expectMessage,
  onClaim: ({ address = 0, name, previousAddress = 0 }) => {
    const isRight = address < 254 && previousAddress < 254 && name >= 0n && name < 2n ** 64n;
    expectThat(isRight, () => `${name} has ${address}, had ${previousAddress}`);
  },
  onDtc: ({ dtc, firstSeenMs, lastSeenMs }) => {
    expectDtc(dtc);
    expectThat(firstSeenMs <= lastSeenMs, () => `seen from ${firstSeenMs} to ${lastSeenMs}`);
  },
};

/** Transfers, claims and diagnostics: any bytes, and whole frames that get lost, doubled and swapped. */
export const J1939_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'j1939',
    hasLoosePieces: true,
    generate(random) {
      const pieces = conversation(random, (way) => anyFrames(random, way));
      const chance = pick(random, [0, 0.05, 0.3]);
      const damaged = pieces.map((piece) =>
        isLikely(random, chance) ? damageBytes(random, piece, '\x10\x11\x13\x20\xff\xfe') : piece,
      );
      return isLikely(random, 0.5) ? damageOrder(random, damaged) : damaged;
    },
    check: (input) => {
      const bus = new J1939Bus(JUDGE);
      feed(bus, input);
      bus.tick(Number.POSITIVE_INFINITY);
    },
    open: openForEver,
  },
  {
    name: 'j1939-order',
    hasLoosePieces: false,
    generate(random) {
      const pieces = conversation(random, (way) => {
        const data = sealedBytes(random, random.integer(MIN_TRANSFER_BYTES, 200));
        return segmentTransfer({ ...way, data }, random.integer(1, 16));
      });
      return isLikely(random, 0.8) ? loseFrames(random, pieces, atMsOf) : pieces;
    },
    check(input) {
      const expectSealed = ({ data, pgn }: J1939Message) =>
        expectThat(pgn !== PGN || isSealed(data), () => `nobody sent ${Buffer.from(data).toString('hex')}`);
      const bus = new J1939Bus({ ...JUDGE, onMessage: expectSealed });
      feed(bus, input);
      bus.tick(Number.POSITIVE_INFINITY);
    },
  },
  {
    name: 'dm1',
    hasLoosePieces: true,
    generate: (random) => [damageBytes(random, randomDiagnostic(random), '\x00\xff\x7f\x80')],
    check(input) {
      const data = Buffer.concat(input);
      const message = decodeDiagnosticMessage(data);
      if (!message.isDecoded) return;
      const { content, dtcs } = message.value;
      expectThat(dtcs.length <= (data.length - 2) / 4, () => `${dtcs.length} codes in ${data.length} bytes`);
      expectThat((content === 'dtcs') === dtcs.length > 0, () => `${dtcs.length} codes, content ${content}`);
      for (const dtc of dtcs) expectDtc(dtc);
    },
  },
];
