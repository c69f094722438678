import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type ChainLink, encodeAuditEntry } from './audit-entry.ts';
import { scanAudit } from './scan-audit.ts';

const ORIGIN = { time: '2026-11-28T18:00:00.000Z', clock: 'ntp', by: 'anna' } as const;
const names = fc.string({ unit: 'binary', maxLength: 20 });

function chainOf(accounts: readonly string[]): Buffer {
  let head: ChainLink | undefined;
  const lines = accounts.map((account) => {
    const { line, link } = encodeAuditEntry({ event: 'account.added', account }, ORIGIN, head);
    head = link;
    return line;
  });
  return Buffer.from(lines.join(''));
}

it('finds every change of one byte of whole lines', () => {
  fc.assert(
    fc.property(
      fc.array(names, { minLength: 1, maxLength: 5 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (accounts, at, flip) => {
        const bytes = chainOf(accounts);
        const place = at % bytes.length;
        bytes[place] = (bytes[place] ?? 0) ^ flip;
        const { faults, tornBytes, entries } = scanAudit(bytes, 'none');
        // A line end that is no more makes of the last line a torn one: it is not taken for an entry either.
        expect(faults.length > 0 || (tornBytes > 0 && entries.length === accounts.length - 1)).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

it('takes no bytes for an entry, and never throws', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (chunks) => {
      const bytes = Buffer.concat(chunks.flatMap((chunk) => [chunk, Buffer.from('\n')]));
      expect(scanAudit(bytes, undefined).entries).toEqual([]);
    }),
  );
});

it('finds a prefix of the chain in every prefix of its bytes', () => {
  fc.assert(
    fc.property(fc.array(names, { minLength: 1, maxLength: 5 }), fc.nat(), (accounts, end) => {
      const bytes = chainOf(accounts);
      const { faults, entries } = scanAudit(bytes.subarray(0, end % (bytes.length + 1)), 'none');
      expect(faults).toEqual([]);
      expect(entries.map(({ account }) => account)).toEqual(
        accounts.slice(0, entries.length).map((name) => JSON.parse(JSON.stringify(name))),
      );
    }),
    { numRuns: 100 },
  );
});
