import { compileDbc } from '#devices/can/dbc/compile-dbc.ts';
import type { DbcMessage, DbcSignal } from '#devices/can/dbc/dbc.ts';
import { encodeMessage } from '#devices/can/dbc/encode-message.ts';
import type { MessageDecoder } from '#devices/can/dbc/message-decoder.ts';
import { parseDbc } from '#devices/can/dbc/parse-dbc.ts';
import { expectThat, type FuzzInput, type FuzzTarget } from '#tests/fuzz/fuzz-target.ts';
import { pick, randomBytes } from '#tests/fuzz/mutate.ts';
import { composeDbcLines } from './compose-dbc.ts';

/** Bit by bit, as the format describes it. @returns undefined where the payload ends before */
function slowBits(data: Uint8Array, { byteOrder, length, startBit }: DbcSignal): bigint | undefined {
  let bits = 0n;
  let at = startBit;
  for (let count = 0; count < length; count++) {
    const byte = data[at >> 3];
    if (byte === undefined) return undefined;
    const bit = BigInt((byte >> (at & 7)) & 1);
    if (byteOrder === 'intel') bits |= bit << BigInt(count);
    else bits = (bits << 1n) | bit;
    // Motorola goes down in its byte, then on at the top of the next one.
    at += byteOrder === 'intel' ? 1 : (at & 7) === 0 ? 15 : -1;
  }
  return bits;
}

function isSelected(message: DbcMessage, signal: DbcSignal, data: Uint8Array): boolean {
  const { selector } = signal;
  if (selector === undefined) return true;
  const multiplexor = message.signals.find(({ name }) => name === selector.multiplexor);
  const value = multiplexor === undefined ? undefined : slowBits(data, multiplexor);
  if (multiplexor === undefined || value === undefined || !isSelected(message, multiplexor, data)) return false;
  return selector.ranges.some(([from, to]) => Number(value) >= from && Number(value) <= to);
}

function expectedRaw(bits: bigint, { isSigned, length, valueType }: DbcSignal): number | bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt.asUintN(64, bits));
  if (valueType === 'double') return view.getFloat64(0);
  if (valueType === 'float') return length === 16 ? view.getFloat16(6) : view.getFloat32(4);
  const value = isSigned ? BigInt.asIntN(length, bits) : bits;
  return length > 53 ? value : Number(value);
}

function checkPayload(decoder: MessageDecoder, data: Uint8Array): void {
  const { message } = decoder;
  const decoded = decoder.decode(data);
  for (const signal of message.signals) {
    const bits = slowBits(data, signal);
    const isThere = bits !== undefined && isSelected(message, signal, data);
    const found = decoded.signals[signal.name];
    expectThat(
      (found !== undefined) === isThere,
      () => `${message.name}.${signal.name} is there: ${found !== undefined}`,
    );
    if (found === undefined || bits === undefined) continue;
    const raw = expectedRaw(bits, signal);
    expectThat(Object.is(found.raw, raw), () => `${message.name}.${signal.name} is ${found.raw}, its bits say ${raw}`);
  }
}

/** The first piece is a file, the others are payloads that every message of it has to decode. */
export const DBC_DECODE_TARGET: FuzzTarget = {
  name: 'dbc-decode',
  hasLoosePieces: false,
  generate(random) {
    const text = Buffer.from(composeDbcLines(random).join('\n'));
    return [
      text,
      ...Array.from({ length: 6 }, () => randomBytes(random, pick(random, [8, 8, 8, 64, random.integer(0, 8)]))),
    ];
  },
  check([text = new Uint8Array(), ...payloads]: FuzzInput) {
    const dbc = parseDbc(Buffer.from(text).toString());
    if (!dbc.isDecoded) return;
    for (const decoder of compileDbc(dbc.value).messages) {
      for (const payload of payloads) checkPayload(decoder, payload);
      checkPayload(decoder, encodeMessage(decoder.message, {}));
    }
  },
};
