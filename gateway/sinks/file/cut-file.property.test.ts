import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readEventIds } from '#gateway/sinks/testing/read-event-files.ts';
import { idsOf, openTestTarget, packetsOf } from './open-test-target.ts';

const NEVER = new AbortController().signal;

/** What may stand behind the last byte that reached the medium. */
const tails = fc.oneof(
  fc.constant(new Uint8Array()),
  fc.integer({ min: 1, max: 5000 }).map((length) => new Uint8Array(length)),
  fc.uint8Array({ minLength: 1, maxLength: 200 }),
  fc.constant(Buffer.from('{"id":"torn')),
  // A hole that the system had not filled yet, and a line behind it.
  fc.constant(Buffer.from(`${'\0'.repeat(3000)}\n{"id":"behind"}\n`)),
);

it.each(['none', 'zstd', 'gzip'] as const)(
  'a file cut anywhere is whole lines again, and nothing accepted is missing (%s)',
  async (codec) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        tails,
        async (sizes, cut, tail) => {
          const folder = await mkdtemp(join(tmpdir(), 'ws-'));
          try {
            const target = openTestTarget(folder, { codec });
            const before = await target.connect(NEVER);
            // Where the file ended each time that a batch was accepted, and the event after it.
            const accepted = [{ bytes: 0, next: 1 }];
            let next = 1;
            let part = '';
            for (const size of sizes) {
              await before.send(packetsOf(target, next, next + size - 1));
              next += size;
              part = join(folder, (await readdir(folder))[0] ?? '');
              accepted.push({ bytes: (await readFile(part)).length, next });
            }
            const image = await readFile(part);
            const kept = Math.round(cut * image.length);
            await writeFile(part, Buffer.concat([image.subarray(0, kept), tail]));

            // What was accepted before the cut is behind the cursor; the rest comes again.
            const from = accepted.findLast(({ bytes }) => bytes <= kept)?.next ?? 1;
            const restarted = openTestTarget(folder, { codec });
            const after = await restarted.connect(NEVER);
            expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
            const found = await readEventIds(folder);
            expect(found).toEqual(idsOf(1, found.length));
            expect(found.length).toBeGreaterThanOrEqual(from - 1);
            if (from <= next - 1) await after.send(packetsOf(restarted, from, next - 1));
            await after[Symbol.asyncDispose]();
            expect([...new Set(await readEventIds(folder))].toSorted()).toEqual([...idsOf(1, next - 1)].toSorted());
          } finally {
            await rm(folder, { recursive: true, force: true });
          }
        },
      ),
      { numRuns: 40 },
    );
  },
);
