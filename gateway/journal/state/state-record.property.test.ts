import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sampleRecord } from '#gateway/journal/open-test-journal.ts';
import { decodeStateRecord, encodeStateRecords, type StateChange } from './state-record.ts';

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const changes = fc
  .dictionary(fc.string({ unit: 'grapheme', maxLength: 100 }), fc.option(bytes, { nil: undefined }), {
    noNullPrototype: true,
  })
  .map((entries): readonly StateChange[] => Object.entries(entries));
const { stamp } = sampleRecord('');

it('decodes what it encodes, in how many records ever', () => {
  fc.assert(
    fc.property(changes, fc.integer({ min: 0, max: 2000 }), fc.boolean(), (wanted, maxRecordBytes, isCopy) => {
      const found: StateChange[] = [];
      let part = 0;
      let isWhole = wanted.length === 0;
      for (const { record, sizes } of encodeStateRecords(wanted, { stamp, isCopy, maxRecordBytes })) {
        const decoded = decodeStateRecord({ ...record, payload: Buffer.from(record.payload) });
        if (typeof decoded !== 'object') throw new Error(String(decoded));
        expect(decoded.part).toBe(isCopy ? undefined : part++);
        isWhole = decoded.isLast;
        for (const { key, value, sizeBytes } of decoded.changes) {
          found.push([key, value]);
          expect(sizes.get(key)).toBe(value === undefined ? 0 : sizeBytes);
        }
      }
      expect(isWhole).toBe(true);
      expect(found).toEqual(wanted);
    }),
  );
});

it('answers any bytes with a record or a reason, never an exception [J12]', () => {
  fc.assert(
    fc.property(bytes, (payload) => {
      const decoded = decodeStateRecord(sampleRecord('', { topic: 'state/changes', payload }));
      expect(['object', 'string']).toContain(typeof decoded);
    }),
  );
});
