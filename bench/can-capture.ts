import type { CanFrame } from '#devices/can/can-frame.ts';
import { encodeJ1939Id, GLOBAL_ADDRESS } from '#devices/can/j1939/j1939-id.ts';
import { segmentTransfer } from '#devices/can/j1939/segment-transfer.ts';
import { encodeSlcanFrame } from '#devices/can/slcan/slcan-frame.ts';

/** What the frames of a file are: base frames of eight signals in either byte order, or J1939 in single frames or in transfers. */
export type CanLoad = 'intel' | 'motorola' | 'j1939' | 'transfers';

/** So many kinds of message take turns. */
const MESSAGE_COUNT = 8;
const FIRST_ID = 0x100;
const FIRST_PGN = 0xff00;
const TRANSFER_PGN = 0xff80;
/** A message in a transfer: six packets, announced by one frame. */
const TRANSFER_BYTES = 40;

/** Bits of the eight signals of a message: 64 in all. */
const LENGTHS = [8, 12, 4, 16, 2, 6, 8, 8] as const;

/** Messages of eight signals, unsigned and signed, scaled, without limits: all that `candied` reads right. */
export function composeDbc(load: CanLoad): string {
  const isJ1939 = load === 'j1939' || load === 'transfers';
  const messages = Array.from({ length: MESSAGE_COUNT }, (_, index) => {
    const pgn = load === 'transfers' ? TRANSFER_PGN : FIRST_PGN + index;
    const id = isJ1939
      ? 0x8000_0000 + encodeJ1939Id({ priority: 6, pgn, source: 0, destination: GLOBAL_ADDRESS })
      : FIRST_ID + index;
    return [
      `BO_ ${id} Message${index}: ${load === 'transfers' ? TRANSFER_BYTES : 8} Engine`,
      ...signalLines(load === 'motorola'),
      '',
    ];
  });
  const used = load === 'transfers' ? messages.slice(0, 1) : messages;
  const protocol = isJ1939 ? ['BA_DEF_ "ProtocolType" STRING ;', 'BA_DEF_DEF_ "ProtocolType" "J1939";'] : [];
  return ['VERSION ""', 'NS_ :', 'BS_:', 'BU_: Engine', '', ...used.flat(), ...protocol, ''].join('\n');
}

function signalLines(isMotorola: boolean): readonly string[] {
  let firstBit = 0;
  return LENGTHS.map((length, index) => {
    // Motorola counts from the highest bit of a byte downwards.
    const start = isMotorola ? 8 * (firstBit >> 3) + 7 - (firstBit & 7) : firstBit;
    firstBit += length;
    const sign = index % 4 === 3 ? '-' : '+';
    return ` SG_ Signal${index} : ${start}|${length}@${isMotorola ? 0 : 1}${sign} (0.125,${index % 2 === 0 ? 0 : -40}) [0|0] "unit" Engine`;
  });
}

/** Frames whose bytes change all the time; of J1939 none that says «not available». */
export function composeFrames(load: CanLoad, frameCount: number): readonly CanFrame[] {
  const frames: CanFrame[] = [];
  for (let index = 0; frames.length < frameCount; index++) frames.push(...framesOf(load, index));
  return frames.slice(0, frameCount);
}

function framesOf(load: CanLoad, index: number): readonly CanFrame[] {
  const data = (sizeBytes: number, modulus: number) =>
    Uint8Array.from({ length: sizeBytes }, (_, byte) => (index * 7 + byte * 31 + (index >> 5)) % modulus);
  const way = { priority: 6, source: index % 4, destination: GLOBAL_ADDRESS };
  const turn = index % MESSAGE_COUNT;
  switch (load) {
    case 'transfers':
      return segmentTransfer({ ...way, pgn: TRANSFER_PGN, data: data(TRANSFER_BYTES, 200) });
    case 'j1939':
      return [
        { id: encodeJ1939Id({ ...way, pgn: FIRST_PGN + turn }), isExtended: true, isRemote: false, data: data(8, 200) },
      ];
    default:
      return [{ id: FIRST_ID + turn, isExtended: false, isRemote: false, data: data(8, 256) }];
  }
}

/** As an SLCAN adapter sends them. */
export function composeSlcan(frames: readonly CanFrame[]): Uint8Array {
  return Buffer.concat(frames.map((frame) => encodeSlcanFrame(frame)));
}
