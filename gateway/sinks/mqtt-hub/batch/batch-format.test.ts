import { readFile } from 'node:fs/promises';
import { zstdDecompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { sampleEvent } from '#gateway/sinks/testing/sample-record.ts';
import { composePart } from './compose-part.ts';
import { packBatches } from './pack-batches.ts';
import { unpackBatch } from './unpack-batch.ts';

const DOCUMENT = await readFile(new URL('../../../../docs/batch-format.md', import.meta.url), 'utf8');
const EXAMPLE = DOCUMENT.slice(DOCUMENT.indexOf('These events'));

/** The first block of that kind in the example. */
function blockOf(kind: string): readonly string[] {
  return (EXAMPLE.split(`\`\`\`${kind}\n`)[1] ?? '').split('\n```')[0]?.split('\n') ?? [];
}

/** The document shows control characters by the pictures that Unicode has of them. */
const CONTROLS = { '␚': '\u001a', '␝': '\u001d', '␞': '\u001e', '␟': '\u001f' };
const TEXT = Object.entries(CONTROLS).reduce(
  (text, [picture, control]) => text.replaceAll(picture, control),
  blockOf('text').join(''),
);
const FRAME = Buffer.from(blockOf('hex').join(''), 'hex');
const LINES = blockOf('json');

const GATEWAY = '0197a2c4-7b1e-7c3a-9d51-3f2a6b8c9d0e';
const FORMAT = { prefix: 'fleet', gatewayId: 'truck-7', gatewayUid: GATEWAY, protocol: 5, codec: 'columns' } as const;
/** A reader as the document describes it, in other words than the gateway's. */
function writeOut(text: string): readonly string[] {
  const events = text
    .split('\u001d')
    .slice(1)
    .flatMap((shape) => {
      const [template = '', ...columns] = shape.split('\u001e');
      const written: (readonly (string | number)[])[] = [];
      for (const column of columns) written.push(valuesOf(column.split('\u001f'), written));
      const rows = written[0] ?? [''];
      return rows.map((_, row) =>
        template
          .split('\u001a')
          .map((piece, place) => piece + (written[place]?.[row] ?? ''))
          .join(''),
      );
    });
  return events.sort((one, other) => JSON.parse(one).seq - JSON.parse(other).seq);
}

function valuesOf([kind = '', ...texts]: readonly string[], earlier: readonly (readonly (string | number)[])[]) {
  const [letter, order, ...scale] = kind;
  if (letter === 's') return texts;
  if (letter === '=') return earlier[Number(kind.slice(1))] ?? [];
  const numbers = sumUp(texts.map(Number), Number(order));
  if (letter === 't') return numbers.map((unixMs) => new Date(unixMs).toISOString());
  const digits = Number(scale.join(''));
  return numbers.map((number) => (letter === 'f' ? (number / 10 ** digits).toFixed(digits) : number / 10 ** digits));
}

function sumUp(numbers: readonly number[], order: number): readonly number[] {
  if (order === 0) return numbers;
  let [value, growth] = [0, 0];
  return numbers.map((number, index) => {
    growth = order === 2 && index > 1 ? growth + number : number;
    value += growth;
    return value;
  });
}

it('is read as docs/batch-format.md describes it', () => {
  expect(zstdDecompressSync(FRAME).toString()).toBe(TEXT);
  expect(writeOut(TEXT)).toEqual(LINES);
});

it('is what the gateway writes, and reads', () => {
  const events = LINES.map((line, index) => {
    const { seq, time, topic } = JSON.parse(line);
    const payload = Buffer.from(/"payload":(.*)\}$/.exec(line)?.[1] ?? '');
    const { stored, ...event } = sampleEvent({ topic, payload });
    const accepted = { basis: 'own', unixMs: Date.parse(time) } as const;
    return { ...event, accepted, stored: { ...stored, sequence: seq }, prev: index === 0 ? 6 : seq - 1 };
  });
  const parts = events.map(composePart);
  expect(parts.map(({ json }) => json.toString())).toEqual(LINES);
  const payloads = packBatches(FORMAT, parts, 60_000).map(({ packet }) => packet.payload);
  expect(payloads.map((payload) => zstdDecompressSync(payload).toString())).toEqual([TEXT]);
  const batch = unpackBatch(FRAME);
  const payloadOf = ({ stored }: (typeof events)[number]) => Buffer.from(stored.record.payload).toString();
  expect(batch.isDecoded && batch.value.events.map(({ payload }) => Buffer.from(payload).toString())).toEqual(
    events.map(payloadOf),
  );
});
