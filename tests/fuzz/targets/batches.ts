import { zstdCompressSync } from 'node:zlib';
import { readBatch, unpackBatch } from '#gateway/sinks/mqtt-hub/batch/unpack-batch.ts';
import { expectThat, type FuzzInput, type FuzzTarget } from '#tests/fuzz/fuzz-target.ts';
import { composeStream, isLikely, pick } from '#tests/fuzz/mutate.ts';
import type { SeededRandom } from '#tests/support/seeded-random.ts';

const ABOUT_JSON = '{}[]":,\\ue0179.- \n';
const VALUES = ['1', '-0', '1e400', 'null', '"x"', '"\\u0000"', '[[{}]]', '{"a":1,"a":2}', ' 1 ', ''] as const;

function batchText(random: SeededRandom): string {
  const from = random.integer(1, 9);
  const events = Array.from({ length: random.integer(0, 3) }, (_, index) => {
    const payload = isLikely(random, 0.8)
      ? `"payload":${pick(random, VALUES)}`
      : `"payloadBase64":"${pick(random, ['AP8K', 'a', ''])}"`;
    return `{"seq":${from + index},"topic":${pick(random, ['"a/b"', '""', '7'])},${payload}}`;
  });
  const to = from + events.length;
  return `{"v":1,"gateway":"g","stream":"s","epoch":"e","from":${from},"to":${to},"events":[${events.join(',')}]}`;
}

const ABOUT_SHAPES = '\u001a\u001d\u001e\u001f{}":,nfts=0159-';
const KINDS = ['n00', 'n12', 'f23', 't1', 's', '=0', 'n016', 'x'] as const;

/** By columns, as many of them right as wrong. */
function shapesText(random: SeededRandom): string {
  const shapes = Array.from({ length: random.integer(0, 3) }, () => {
    const count = random.integer(1, 4);
    const columns = Array.from({ length: random.integer(1, 3) }, (_, index) => {
      const kind = index === 0 ? 'n10' : pick(random, KINDS);
      const numbers = index === 0 ? ['1', '2'] : ['0', '1', '-5', '9007199254740991', '1795187045200'];
      const values = Array.from({ length: isLikely(random, 0.9) ? count : 2 }, () =>
        kind === 's' ? pick(random, VALUES) : (numbers[random.integer(0, numbers.length - 1)] ?? ''),
      );
      return [kind, ...(kind === '=0' ? [] : values)].join('\u001f');
    });
    const payload = ['\u001a', '\u001a'].slice(0, columns.length - 1).join('');
    return [`{"seq":\u001a,"topic":"t","payload":${payload}}`, ...columns].join('\u001e');
  });
  const head = JSON.stringify({ v: 2, gateway: 'g', stream: 's', epoch: 'e', from: 1, to: 9 });
  return [head, ...shapes].join('\u001d');
}

/** Whatever is read rises within what the batch says that it covers. */
function checkShapes(json: Uint8Array): void {
  const batch = readBatch(json);
  if (!batch.isDecoded) return;
  const { from, to, events } = batch.value;
  let before = from - 1;
  for (const { sequence } of events) {
    expectThat(sequence > before && sequence <= to, () => `${sequence} comes behind ${before}, up to ${to}`);
    before = sequence;
  }
}

/** What is read must be what a stock parser reads, within what the batch says that it covers. */
function checkBatch(json: Uint8Array): void {
  const batch = readBatch(json);
  if (!batch.isDecoded) return;
  const { from, to, events } = batch.value;
  const stock: { readonly events: readonly Readonly<Record<string, unknown>>[] } = JSON.parse(
    Buffer.from(json).toString(),
  );
  expectThat(events.length === stock.events.length, () => `${events.length} events of ${stock.events.length}`);
  for (const [index, { sequence, payload }] of events.entries()) {
    expectThat(sequence >= from && sequence <= to, () => `${sequence} is not from ${from} to ${to}`);
    const { payload: value, payloadBase64 } = stock.events[index] ?? {};
    const text = Buffer.from(payload);
    if (typeof payloadBase64 === 'string') {
      expectThat(
        text.equals(Buffer.from(payloadBase64, 'base64')),
        () => `${payloadBase64} became ${text.toString('hex')}`,
      );
    } else {
      const again = JSON.stringify(JSON.parse(text.toString()));
      expectThat(again === JSON.stringify(value), () => `${JSON.stringify(value)} became ${again}`);
    }
  }
}

/** Batches as they come from a hub: their JSON, event by event and by columns, and their frames. */
export const BATCH_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'batch-json',
    hasLoosePieces: true,
    generate: (random) => composeStream(random, () => Buffer.from(batchText(random)), ABOUT_JSON),
    check: (input: FuzzInput) => checkBatch(Buffer.concat(input)),
  },
  {
    name: 'batch-shapes',
    hasLoosePieces: true,
    generate: (random) => composeStream(random, () => Buffer.from(shapesText(random)), ABOUT_SHAPES),
    check: (input: FuzzInput) => checkShapes(Buffer.concat(input)),
  },
  {
    name: 'batch-frames',
    hasLoosePieces: true,
    generate: (random) => composeStream(random, () => zstdCompressSync(Buffer.from(batchText(random))), ''),
    check(input: FuzzInput) {
      const batch = unpackBatch(Buffer.concat(input));
      if (batch.isDecoded) expectThat(batch.value.events.length > 0, () => 'no events');
    },
  },
];
