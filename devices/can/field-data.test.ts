import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CanFrame } from './can-frame.ts';
import { compileDbc, type DbcDecoder } from './dbc/compile-dbc.ts';
import { decodeDbcText } from './dbc/decode-dbc-text.ts';
import type { DecodedMessage } from './dbc/message-decoder.ts';
import { parseDbc } from './dbc/parse-dbc.ts';
import { CanLogReader } from './log/can-log-reader.ts';
import { encodeSlcanItem } from './slcan/slcan-item.ts';
import { collectSlcan } from './slcan/testing/collect-slcan.ts';

/** Recorded frames, DBC files from the field, and what an independent decoder (canmatrix) makes of them. */
const fieldData = process.env['WAYSTATION_FIELD_DATA'];
const folder = join(fieldData ?? '', 'can');

/** One line of an expectation. Floats that are not finite are strings. */
interface Expectation {
  readonly dbc: string;
  readonly id: number;
  readonly ext: boolean;
  readonly data: string;
  readonly name: string;
  readonly signals: Readonly<
    Record<string, { readonly raw: number | string; readonly phys: number | string; readonly label?: string }>
  >;
}

function readExpectations(file: string): readonly Expectation[] {
  const lines = readFileSync(join(folder, file), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line, keepLongIntegers));
}

/** Long integers as their digits: rounded to numbers they would agree with wrong ones too. */
function keepLongIntegers(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source ?? '';
  return Number.isSafeInteger(value) || !/^-?\d+$/.test(source) ? value : source;
}

function loadDecoder(dbc: string): DbcDecoder {
  const result = parseDbc(decodeDbcText(readFileSync(join(folder, dbc))));
  if (!result.isDecoded) throw new Error(`${dbc}: ${result.reason}`);
  expect(result.value.warnings).toEqual([]);
  return compileDbc(result.value);
}

function readLog(): readonly CanFrame[] {
  const frames: CanFrame[] = [];
  const reader = new CanLogReader({ onRecord: ({ frame }) => frames.push(frame) });
  reader.push(readFileSync(join(folder, 'savvycan-candump.log')));
  reader.flush();
  expect(Object.values(reader.rejections).every((count) => count === 0)).toBe(true);
  return frames;
}

/** Everything an expectation states, and nothing more. */
function expectAgreement(expectation: Expectation, message: DecodedMessage | undefined): void {
  const signals = message?.signals ?? {};
  expect(message?.name).toBe(expectation.name);
  expect(Object.keys(signals).sort()).toEqual(Object.keys(expectation.signals).sort());
  for (const [name, stated] of Object.entries(expectation.signals)) {
    const { raw = Number.NaN, phys = Number.NaN, label } = signals[name] ?? {};
    const place = `${expectation.dbc} ${expectation.name}.${name} of ${expectation.data}`;
    expect(spell(raw), place).toBe(spell(stated.raw));
    expect(label, place).toBe(stated.label);
    if (typeof stated.phys === 'string') expect(spell(phys), place).toBe(stated.phys);
    else expect(Math.abs(Number(phys) - stated.phys), place).toBeLessThanOrEqual(1e-9 * Math.abs(stated.phys));
  }
}

/** Values that are not finite have the names of the reference. */
function spell(value: number | bigint | string): string {
  const text = String(value);
  return { NaN: 'nan', Infinity: 'inf', '-Infinity': '-inf' }[text] ?? text;
}

function frameOf({ id, ext, data }: Expectation): CanFrame {
  return { id, isExtended: ext, isRemote: false, data: Buffer.from(data, 'hex') };
}

/**
 * Message `Extended` of multiplex_2.dbc has two multiplexors, `S0` and `S6`, that nothing selects. Both are in every payload; the reference
 * knows one multiplexor per message and leaves out `S0` and all that depends on it.
 */
const isWrongInReference = ({ dbc, name }: Expectation) => dbc === 'multiplex_2.dbc' && name === 'Extended';

describe.skipIf(fieldData === undefined)('with WAYSTATION_FIELD_DATA, the decoder', () => {
  it('agrees field by field with every frame of the recording that is as long as its message', () => {
    const decoder = loadDecoder('ThinkCity.dbc');
    const messages = readLog().map((frame) => ({ frame, message: decoder.decode(frame) }));
    const complete = messages.filter(({ message }) => message?.isShort === false);
    const expectations = readExpectations('expected-thinkcity.jsonl');
    expect(complete).toHaveLength(expectations.length);
    for (const [index, expectation] of expectations.entries()) {
      const { frame, message } = complete[index] ?? {};
      expect(Buffer.from(frame?.data ?? []).toString('hex')).toBe(expectation.data);
      expectAgreement(expectation, message);
    }
    expect(messages.filter(({ message }) => message?.isShort === true)).toHaveLength(211);
  });

  it('agrees with the generated frames of every DBC file, but for one message that the reference reads wrongly', () => {
    const all = readExpectations('expected-generated.jsonl');
    const expectations = all.filter((expectation) => !isWrongInReference(expectation));
    expect([all.length, expectations.length]).toEqual([252, 246]);
    const decoders = new Map([...new Set(all.map(({ dbc }) => dbc))].map((dbc) => [dbc, loadDecoder(dbc)]));
    for (const expectation of expectations) {
      expectAgreement(expectation, decoders.get(expectation.dbc)?.decode(frameOf(expectation)));
    }
  });

  it('reads the recording the same when it comes as SLCAN in odd chunks [S1]', () => {
    const frames = readLog();
    const bytes = Buffer.concat(frames.map((frame) => encodeSlcanItem({ kind: 'frame', frame })));
    const chunks = Array.from({ length: Math.ceil(bytes.length / 977) }, (_, index) =>
      bytes.subarray(index * 977, (index + 1) * 977),
    );
    const { items } = collectSlcan(...chunks);
    expect(items).toEqual(frames.map(({ timestampMs: _, ...frame }) => ({ kind: 'frame', frame })));
  });
});

it('runs with the field data wherever it lies beside the checkout in CI', () => {
  const beside = resolve(import.meta.dirname, '../../../shared/data');
  const isForgotten = process.env['CI'] !== undefined && existsSync(beside) && fieldData === undefined;
  expect(isForgotten, `set WAYSTATION_FIELD_DATA=${beside}`).toBe(false);
});
