import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileMessage } from './compile-message.ts';
import type { DbcMessage, DbcSignal } from './dbc.ts';
import { parseDbc } from './parse-dbc.ts';
import { SignalValues } from './signal-values.ts';

/** Random messages that a DBC file can state without a doubt. */
const randomMessage: fc.Arbitrary<DbcMessage> = fc
  .record({
    isExtended: fc.boolean(),
    sizeBytes: fc.constantFrom(8, 8, 8, 1, 3, 12, 64),
    signalCount: fc.integer({ min: 1, max: 8 }),
    multiplexing: fc.constantFrom('none', 'simple', 'nested'),
  })
  .chain(({ isExtended, sizeBytes, signalCount, multiplexing }) =>
    fc
      .record({
        id: fc.nat(isExtended ? 0x1fff_ffff : 0x7ff),
        signals: fc.tuple(...Array.from({ length: signalCount }, (_, index) => randomSignal(`S${index}`, sizeBytes))),
        wiring: fc.array(fc.nat(0xffff), { minLength: signalCount, maxLength: signalCount }),
      })
      .map(({ id, signals, wiring }) => ({
        ...{ id, isExtended, name: `M${id}`, sizeBytes, transmitters: [], attributes: new Map() },
        signals: multiplexing === 'none' ? signals : wire(signals, wiring, multiplexing === 'nested'),
      })),
  );

/** Factors and offsets of few decimals, so that a text has them whole. */
const scales = fc.constantFrom([1, 0], [0.1, -40], [0.005, 0], [-2.5, 3.75], [1e-7, 0], [1000, 0.5], [0, 7]);

function randomSignal(name: string, sizeBytes: number): fc.Arbitrary<DbcSignal> {
  const lengths = fc.oneof(
    fc.integer({ min: 1, max: 16 }),
    fc.integer({ min: 1, max: 140 }),
    fc.constantFrom(16, 32, 64),
  );
  return lengths.chain((anyLength) => {
    const length = Math.min(anyLength, sizeBytes * 8);
    return fc
      .record({
        first: fc.nat(sizeBytes * 8 - length),
        byteOrder: fc.constantFrom('intel' as const, 'motorola' as const),
        isSigned: fc.boolean(),
        isFloat: fc.integer({ min: 0, max: 3 }).map((chance) => chance === 0),
        scale: scales,
        limits: fc.constantFrom({}, { minimum: -5, maximum: 100.5 }),
        unit: fc.constantFrom({}, { unit: 'km/h' }, { unit: '°C; "' }),
        labels: fc.uniqueArray(
          fc.tuple(fc.bigInt({ min: -4n, max: 300n }), fc.constantFrom('off', 'a;b', '', 'say "hi"')),
          {
            selector: ([raw]) => raw,
            maxLength: 4,
          },
        ),
      })
      .map(({ first, byteOrder, isFloat, isSigned, scale: [factor = 1, offset = 0], limits, unit, labels }) => ({
        ...{ name, length, byteOrder, isSigned, factor, offset, ...limits, ...unit },
        startBit: byteOrder === 'intel' ? first : first - (first % 8) + 7 - (first % 8),
        valueType:
          isFloat && length === 64 ? 'double' : isFloat && (length === 32 || length === 16) ? 'float' : 'integer',
        labels: new Map(labels),
        receivers: [],
        attributes: new Map(),
      }));
  });
}

/** Makes the first signal a multiplexor, with `nested` the second one below it too, and lets the others depend on them as chance will. */
function wire(signals: readonly DbcSignal[], chances: readonly number[], isNested: boolean): readonly DbcSignal[] {
  return signals.map((signal, index) => {
    const chance = chances[index] ?? 0;
    const isSecond = isNested && index === 1;
    if (index === 0 || (chance % 4 === 0 && !isSecond)) return index < (isNested ? 2 : 1) ? asSwitch(signal) : signal;
    const multiplexor = isNested && index > 1 && chance % 3 === 0 ? 'S1' : 'S0';
    const from = (chance >> 4) % 4;
    const ranges: [number, number][] = [[from, chance % 5 === 0 ? from + 1 : from]];
    if (chance % 7 === 0) ranges.push([from + 3, from + 9]);
    const selector = { multiplexor, ranges };
    return { ...(isSecond ? asSwitch(signal) : signal), selector };
  });
}

function asSwitch(signal: DbcSignal): DbcSignal {
  return { ...signal, length: Math.min(signal.length, 3), valueType: 'integer', isSigned: false };
}

/**
 * The slow way, by the definition of the format alone: a payload is a text of bits, and a signal is picked out of it bit by bit. It shares
 * nothing with the decoder.
 */
function bitsOf(data: Uint8Array, { startBit, length, byteOrder }: DbcSignal): string | undefined {
  let text = '';
  let [byte, bit] = [Math.floor(startBit / 8), startBit % 8];
  for (let count = 0; count < length; count++) {
    const value = data[byte];
    if (value === undefined) return undefined;
    const digit = value.toString(2).padStart(8, '0')[7 - bit] ?? '';
    // Intel names the lowest bit and climbs, Motorola names the highest and descends.
    text = byteOrder === 'intel' ? digit + text : text + digit;
    bit += byteOrder === 'intel' ? 1 : -1;
    if (bit > 7) [byte, bit] = [byte + 1, 0];
    if (bit < 0) [byte, bit] = [byte + 1, 7];
  }
  return text;
}

function rawOf(bits: string, { valueType, isSigned }: DbcSignal): bigint | number {
  if (valueType !== 'integer') return ieee754(bits);
  const unsigned = BigInt(`0b${bits}`);
  return isSigned && bits.startsWith('1') ? unsigned - 2n ** BigInt(bits.length) : unsigned;
}

/** Sign, exponent and fraction put together by hand. */
function ieee754(bits: string): number {
  const exponentBits = bits.length === 16 ? 5 : bits.length === 32 ? 8 : 11;
  const bias = 2 ** (exponentBits - 1) - 1;
  const exponent = Number.parseInt(bits.slice(1, 1 + exponentBits), 2);
  const fractionBits = bits.slice(1 + exponentBits);
  const fraction = Number(BigInt(`0b${fractionBits}`)) / 2 ** fractionBits.length;
  const sign = bits.startsWith('1') ? -1 : 1;
  if (exponent === 2 * bias + 1) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** (1 - bias);
  return sign * (1 + fraction) * 2 ** (exponent - bias);
}

function isThere(message: DbcMessage, data: Uint8Array, signal: DbcSignal): boolean {
  if (bitsOf(data, signal) === undefined) return false;
  const { selector } = signal;
  if (selector === undefined) return true;
  const multiplexor = message.signals.find(({ name }) => name === selector.multiplexor);
  if (multiplexor === undefined || !isThere(message, data, multiplexor)) return false;
  const value = BigInt(`0b${bitsOf(data, multiplexor)}`);
  return selector.ranges.some(([from, to]) => value >= from && value <= to);
}

const payloads = fc.oneof(
  fc.uint8Array({ minLength: 64, maxLength: 64 }),
  fc.uint8Array({ maxLength: 64 }),
  fc.constantFrom(0, 255, 128).map((byte) => new Uint8Array(64).fill(byte)),
);

it('agrees with a slow reading bit by bit, for any message and any payload', () => {
  fc.assert(
    fc.property(randomMessage, payloads, (message, anyData) => {
      const data = anyData.subarray(0, message.sizeBytes);
      const decoder = compileMessage(message);
      const values = new SignalValues(message.signals.length);
      decoder.read(data, values);
      const { signals, isShort } = decoder.decode(data);
      expect(isShort).toBe(data.length < message.sizeBytes);
      const present = message.signals.filter((signal) => isThere(message, data, signal));
      expect(Object.keys(signals)).toEqual(present.map(({ name }) => name));
      for (const [index, signal] of message.signals.entries()) {
        const { name, length, factor, offset, valueType } = signal;
        expect(values.isPresent[index]).toBe(present.includes(signal) ? 1 : 0);
        if (!present.includes(signal)) continue;
        const raw = rawOf(bitsOf(data, signal) ?? '', signal);
        const isBig = valueType === 'integer' && length > 53;
        expect(signals[name]?.raw).toBe(isBig || valueType !== 'integer' ? raw : Number(raw));
        expect(decoder.rawAt(data, index)).toBe(signals[name]?.raw);
        // One rounding up to 64 bits; beyond, the last bits of a number are anybody's.
        if (length <= 64) expect(values.raw[index]).toBe(Number(raw));
        else expect(values.raw[index]).toBeCloseTo(Number(raw), -length);
        const label = valueType !== 'integer' ? undefined : signal.labels.get(BigInt(raw));
        if (valueType === 'integer') expect(signals[name]?.label).toBe(label);
        expectNear(signals[name]?.phys, Number(raw) * factor + offset);
        expectNear(values.physical[index], Number(raw) * factor + offset);
      }
    }),
    { numRuns: 1500 },
  );
});

/** To 1e-9 of the larger of what was added: sums that nearly cancel have no better. */
function expectNear(value: number | bigint | undefined, expected: number): void {
  const number = Number(value);
  if (Number.isFinite(expected) && Number.isFinite(number)) {
    expect(Math.abs(number - expected)).toBeLessThanOrEqual(1e-9 * Math.max(Math.abs(expected), 1e-6));
  } else expect(number).toBe(expected);
}

const EXTENDED_BIT = 0x8000_0000;

/** The messages as a file has them, written plainly. */
function textOf(messages: readonly DbcMessage[], isOnOneLine: boolean): string {
  const lines = messages.flatMap((message) => [
    `BO_ ${writtenId(message)} ${message.name}: ${message.sizeBytes} Vector__XXX`,
    ...message.signals.map((signal) => signalLine(message, signal)),
  ]);
  const statements = messages.flatMap((message) => message.signals.flatMap((signal) => statementsOf(message, signal)));
  return [...lines, ...statements].join(isOnOneLine ? ' ' : '\n');
}

function writtenId({ id, isExtended }: DbcMessage): number {
  return isExtended ? id + EXTENDED_BIT : id;
}

function signalLine({ signals }: DbcMessage, signal: DbcSignal): string {
  const { name, startBit, length, byteOrder, isSigned, factor, offset, minimum = 0, maximum = 0, unit = '' } = signal;
  const isMultiplexor = signals.some(({ selector }) => selector?.multiplexor === name);
  const selected = signal.selector === undefined ? '' : `m${signal.selector.ranges[0]?.[0]}`;
  const order = `${byteOrder === 'intel' ? 1 : 0}${isSigned ? '-' : '+'}`;
  const mark = ` ${selected}${isMultiplexor ? 'M' : ''}`.trimEnd();
  const scale = `(${factor},${offset}) [${minimum}|${maximum}]`;
  return ` SG_ ${name}${mark} : ${startBit}|${length}@${order} ${scale} ${quote(unit)} Vector__XXX`;
}

function statementsOf(message: DbcMessage, { name, labels, selector, valueType }: DbcSignal): readonly string[] {
  const place = `${writtenId(message)} ${name}`;
  const pairs = [...labels].map(([raw, label]) => `${raw} ${quote(label)}`);
  const ranges = selector?.ranges.map(([from, to]) => `${from}-${to}`);
  return [
    ...(pairs.length > 0 ? [`VAL_ ${place} ${pairs.join(' ')} ;`] : []),
    ...(valueType === 'integer' ? [] : [`SIG_VALTYPE_ ${place} : ${valueType === 'float' ? 1 : 2};`]),
    ...(selector && ranges ? [`SG_MUL_VAL_ ${place} ${selector.multiplexor} ${ranges.join(', ')};`] : []),
  ];
}

function quote(text: string): string {
  return `"${text.replaceAll('"', '\\"')}"`;
}

it('reads from a text the messages that were written into it, on many lines or on one', () => {
  const files = fc.uniqueArray(randomMessage, { minLength: 1, maxLength: 3, selector: writtenId });
  fc.assert(
    fc.property(files, fc.boolean(), (messages, isOnOneLine) => {
      const result = parseDbc(textOf(messages, isOnOneLine));
      expect(result.isDecoded && result.value.messages).toEqual(messages);
      const reasons = result.isDecoded ? result.value.warnings.map(({ reason }) => reason) : [];
      const isExpected = (reason: string) => reason === 'overlapping-signals' || reason === 'zero-factor';
      expect(reasons.filter((reason) => !isExpected(reason))).toEqual([]);
    }),
    { numRuns: 250 },
  );
});
