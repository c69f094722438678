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

/** Batches as they come from a hub: their JSON, and their frames. */
export const BATCH_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'batch-json',
    hasLoosePieces: true,
    generate: (random) => composeStream(random, () => Buffer.from(batchText(random)), ABOUT_JSON),
    check: (input: FuzzInput) => checkBatch(Buffer.concat(input)),
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
