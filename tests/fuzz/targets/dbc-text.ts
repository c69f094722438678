import { compileDbc } from '#devices/can/dbc/compile-dbc.ts';
import type { Dbc } from '#devices/can/dbc/dbc.ts';
import type { DbcPosition } from '#devices/can/dbc/dbc-warning.ts';
import { decodeDbcText } from '#devices/can/dbc/decode-dbc-text.ts';
import { encodeMessage } from '#devices/can/dbc/encode-message.ts';
import { parseDbc } from '#devices/can/dbc/parse-dbc.ts';
import { SignalValues } from '#devices/can/dbc/signal-values.ts';
import { expectThat, type FuzzTarget } from '#tests/fuzz/fuzz-target.ts';
import { damageBytes, damageOrder, isLikely, pick } from '#tests/fuzz/mutate.ts';
import { composeDbcLines } from './compose-dbc.ts';

const PAYLOADS = [
  ...[0, 1, 7, 8, 64].map((sizeBytes) => new Uint8Array(sizeBytes).fill(0xff)),
  Uint8Array.from({ length: 8 }, (_, index) => 37 * index),
];

/** All that a message holds. */
const MAX_SIGNAL_BITS = 8 * 65_535;
const FLOAT_BITS = { float: [16, 32], double: [64] };

function expectPlace({ column, line }: DbcPosition, lines: readonly string[]): void {
  const text = lines[line - 1];
  expectThat(
    text !== undefined && column >= 1 && column <= text.length + 2,
    () => `line ${line}, column ${column} is not in the text`,
  );
}

function expectSound({ messages }: Dbc): void {
  for (const { id, isExtended, signals, sizeBytes } of messages) {
    expectThat(Number.isInteger(id) && id >= 0 && id <= (isExtended ? 0x1fff_ffff : 0x7ff), () => `identifier ${id}`);
    expectThat(Number.isInteger(sizeBytes) && sizeBytes >= 0, () => `${sizeBytes} bytes`);
    for (const { factor, length, offset, startBit, valueType } of signals) {
      const isPlaced =
        Number.isInteger(startBit) &&
        startBit >= 0 &&
        Number.isInteger(length) &&
        length >= 1 &&
        length <= MAX_SIGNAL_BITS;
      expectThat(isPlaced, () => `${length} bits from ${startBit} on`);
      expectThat(Number.isFinite(factor) && Number.isFinite(offset), () => `factor ${factor}, offset ${offset}`);
      expectThat(
        valueType === 'integer' || FLOAT_BITS[valueType].includes(length),
        () => `${valueType} of ${length} bits`,
      );
    }
  }
}

/** Everything that was parsed compiles, decodes anything, and its two ways of decoding agree. */
function expectDecodes(dbc: Dbc): void {
  for (const decoder of compileDbc(dbc).messages) {
    const { signals } = decoder.message;
    const values = new SignalValues(signals.length);
    for (const payload of PAYLOADS) {
      const decoded = decoder.decode(payload);
      decoder.read(payload, values);
      decoder.multiplexorKey(payload);
      for (const [index, { length, name }] of signals.entries()) {
        // Of two of the same name, one cannot be found by it.
        if (signals.some((other, otherIndex) => other.name === name && otherIndex !== index)) continue;
        const signal = decoded.signals[name];
        expectThat(
          (signal !== undefined) === (values.isPresent[index] === 1),
          () => `${name} is there in one way only`,
        );
        if (signal === undefined) continue;
        const isSame = Object.is(Number(signal.phys), values.physical[index]) || length > 53;
        expectThat(isSame, () => `${name} is ${signal.phys} and ${values.physical[index]}`);
        expectThat(typeof signal.raw === 'number' || length > 53, () => `${name} is a bigint of ${length} bits`);
      }
    }
    const written = encodeMessage(decoder.message, Object.fromEntries(signals.map(({ name }) => [name, 1])));
    expectThat(written.length === decoder.message.sizeBytes, () => `${written.length} bytes were written`);
  }
}

/** DBC files: pieces are lines. */
export const DBC_TEXT_TARGET: FuzzTarget = {
  name: 'dbc-text',
  hasLoosePieces: true,
  generate(random) {
    const lines = composeDbcLines(random).map((line) => Buffer.from(`${line}${pick(random, ['\n', '\r\n'])}`));
    const chance = pick(random, [0, 0.05, 0.3]);
    const about = '0123456789-+.eE|@:()[]";,_ \r\nmMSGBOVAL';
    const damaged = lines.map((line) => (isLikely(random, chance) ? damageBytes(random, line, about) : line));
    return isLikely(random, 0.3) ? damageOrder(random, damaged) : damaged;
  },
  check(input) {
    const text = decodeDbcText(Buffer.concat(input));
    const lines = text.split(/\r\n|\r|\n/);
    const dbc = parseDbc(text);
    if (!dbc.isDecoded) return expectPlace(dbc, lines);
    for (const warning of dbc.value.warnings) expectPlace(warning, lines);
    expectSound(dbc.value);
    expectDecodes(dbc.value);
  },
};
