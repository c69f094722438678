import { CAN_FD_LENGTHS, type CanFrame } from '#devices/can/can-frame.ts';
import { CanLogReader } from '#devices/can/log/can-log-reader.ts';
import type { CanLogFormat, CanLogRecord } from '#devices/can/log/can-log-record.ts';
import { encodeCandumpLine } from '#devices/can/log/candump.ts';
import { encodeSlcanFrame } from '#devices/can/slcan/slcan-frame.ts';
import { expectThat, type FuzzInput, type FuzzTarget } from '#tests/fuzz/fuzz-target.ts';
import { composeStream, isLikely, pick, randomBytes } from '#tests/fuzz/mutate.ts';
import type { SeededRandom } from '#tests/support/seeded-random.ts';
import { describeFrame, expectPossible } from './frame-piece.ts';

/** Any frame that a bus can carry. */
export function randomFrame(random: SeededRandom): CanFrame {
  const isExtended = isLikely(random, 0.5);
  const id = random.integer(0, isExtended ? 0x1fff_ffff : 0x7ff);
  const kind = pick(random, ['data', 'data', 'remote', 'fd'] as const);
  if (kind === 'remote') return { id, isExtended, isRemote: true, data: new Uint8Array() };
  const length = kind === 'fd' ? pick(random, CAN_FD_LENGTHS) : random.integer(0, 8);
  const data = randomBytes(random, length);
  if (kind === 'data') return { id, isExtended, isRemote: false, data };
  return { id, isExtended, isRemote: false, data, isFd: true, isBitrateSwitched: isLikely(random, 0.5) };
}

function candumpLine(random: SeededRandom): string {
  const frame = randomFrame(random);
  return `${encodeCandumpLine({ frame, channel: pick(random, ['can0', 'vcan1']), timeMs: random.integer(0, 2 ** 40) })}\n`;
}

function screenLine(random: SeededRandom): string {
  const { data, id, isExtended, isRemote } = randomFrame(random);
  const digits = id
    .toString(16)
    .toUpperCase()
    .padStart(isExtended ? 8 : 3, '0');
  const bytes = isRemote ? 'remote request' : hexBytes(data).join(' ');
  const time = pick(random, ['', ' (001.250000)', ' (1436509052.249713)']);
  return `${time}  can0  ${digits}   [${data.length}]  ${bytes}\n`;
}

function ascLine(random: SeededRandom): string {
  const { data, id, isBitrateSwitched, isExtended, isFd, isRemote } = randomFrame(random);
  const name = `${id.toString(16).toUpperCase()}${isExtended ? 'x' : ''}`;
  const time = `   ${random.integer(0, 9999)}.${String(random.integer(0, 999_999)).padStart(6, '0')}`;
  const direction = pick(random, ['Rx', 'Tx']);
  const bytes = hexBytes(data).join(' ');
  if (isFd === true) {
    const code = FD_LENGTHS.indexOf(data.length).toString(16);
    return `${time} CANFD   1 ${direction}  ${name}  ${isBitrateSwitched ? 1 : 0} 0 ${code} ${data.length} ${bytes}  130000 130 1000 0 0 0 0 0\n`;
  }
  if (isLikely(random, 0.1)) return pick(random, ASC_OTHERS);
  return `${time} 1  ${name}  ${direction}   ${isRemote ? 'r' : `d ${data.length} ${bytes}`}\n`;
}

const ASC_OTHERS = [
  'date Wed Apr 16 09:21:13.159 am 2014\n',
  'base hex  timestamps absolute\n',
  'base dec  timestamps relative\n',
  'internal events logged\n',
  '   2.501 1  ErrorFrame\n',
  'Begin Triggerblock\n',
] as const;

function slcanLine(random: SeededRandom): string {
  if (isLikely(random, 0.1))
    return pick(random, ['\r', '\x07', 'z\r', 'Z\r', 'V1013\r', 'F20\r', 'NWS01\r', 'CANable fw abc\r']);
  const frame = { ...randomFrame(random), timestampMs: random.integer(0, 59_999) };
  return Buffer.from(encodeSlcanFrame(frame, { withTimestamp: isLikely(random, 0.5) })).toString('latin1');
}

const FD_LENGTHS: readonly number[] = CAN_FD_LENGTHS;

function hexBytes(data: Uint8Array): readonly string[] {
  return [...data].map((byte) => byte.toString(16).toUpperCase().padStart(2, '0'));
}

/** How the text has a frame, without spaces and in upper case; every frame read must be found in it. */
type Spelling = (frame: CanFrame) => string;

const inCandump: Spelling = ({ data, id, isExtended, isFd, isRemote }) => {
  const digits = id
    .toString(16)
    .toUpperCase()
    .padStart(isExtended ? 8 : 3, '0');
  const bytes = hexBytes(data).join('');
  if (isRemote) return `${digits}#R`;
  // A digit of flags stands between.
  return isFd === true ? `${digits}##` : `${digits}#${bytes}`;
};
const bytesOnly: Spelling = ({ data }) => hexBytes(data).join('');

const ABOUT_LOGS = '0123456789ABCDEFabcdef#()[]. \r\n_RTxdr';

function logTarget(
  name: string,
  makeLine: (random: SeededRandom) => string,
  spelling: Spelling,
  format?: CanLogFormat,
): FuzzTarget {
  return {
    name,
    hasLoosePieces: true,
    generate: (random) => composeStream(random, () => Buffer.from(makeLine(random), 'latin1'), ABOUT_LOGS),
    check(input) {
      const { format: found, records } = read(input, format);
      const { records: whole } = read([Buffer.concat(input)], format);
      const [described, again] = [records, whole].map((each) =>
        each.map(({ frame }) => describeFrame(frame)).join('\n'),
      );
      expectThat(described === again, () => `in other chunks:\n${described}\nas a whole:\n${again}`);
      const text = Buffer.concat(input).toString('latin1');
      const lineCount = text.replaceAll(BELL, '\r').split(/[\r\n]/).length;
      expectThat(records.length <= lineCount, () => `${records.length} frames in ${lineCount} lines`);
      // What is passed over inside of a line.
      const plain = text.replaceAll(found === 'slcan' ? /\n/g : /[^\S\r\n]/g, '').toUpperCase();
      for (const { frame, timeMs } of records) {
        expectPossible(frame);
        expectThat(timeMs === undefined || Number.isFinite(timeMs), () => `time ${timeMs}`);
        // There a byte may have one digit.
        if (found !== 'asc')
          expectThat(plain.includes(spelling(frame)), () => `${describeFrame(frame)} is not in the text`);
      }
    },
    open() {
      const reader = new CanLogReader({ onRecord: () => {} }, format);
      return (input) => {
        for (const chunk of input) reader.push(chunk);
      };
    },
  };
}

const BELL = '\x07';

function read(input: FuzzInput, format: CanLogFormat | undefined) {
  const records: CanLogRecord[] = [];
  // Data is overwritten by the next frame.
  const onRecord = (record: CanLogRecord) =>
    records.push({ ...record, frame: { ...record.frame, data: record.frame.data.slice() } });
  const reader = new CanLogReader({ onRecord }, format);
  for (const chunk of input) reader.push(chunk);
  reader.flush();
  return { records, format: reader.format };
}

/** Recordings of CAN buses, told and guessed. */
export const CAN_LOG_TARGETS: readonly FuzzTarget[] = [
  logTarget('candump', candumpLine, inCandump, 'candump'),
  logTarget('candump-screen', screenLine, bytesOnly, 'candumpScreen'),
  logTarget('asc', ascLine, bytesOnly, 'asc'),
  logTarget('slcan', slcanLine, bytesOnly, 'slcan'),
  logTarget('can-log', (random) => pick(random, [candumpLine, screenLine, ascLine, slcanLine])(random), bytesOnly),
];
