import { expect, it } from 'vitest';
import { MemoryStorage } from '#gateway/journal/memory-storage.ts';
import { SlotFile } from '#gateway/journal/slot-file.ts';
import { NEW_LEDGER, spendBytes } from './day-ledger.ts';
import { openLinkMemory } from './link-memory.ts';

const FOLDER = '/data/links';
const RECORD = {
  ...{ ledger: spendBytes(NEW_LEDGER, 42), override: undefined, told: undefined, boot: undefined },
  wireShares: new Map(),
};
const TEXT = {
  magic: Buffer.from('WYLK'),
  encode: (text: string) => Buffer.from(text),
  decode: (body: Buffer) => body.toString(),
};

it('takes the day for unknown after a newer version, and not for what the record before said [D8]', async () => {
  const storage = new MemoryStorage();
  const memory = await openLinkMemory(storage, FOLDER, 'sim');
  expect(memory.found).toBe('none');
  await memory.save(RECORD);
  await memory.close();
  expect((await openLinkMemory(storage, FOLDER, 'sim')).found).toEqual(RECORD);
  const { file } = await SlotFile.load({ storage, folder: FOLDER, name: 'sim.link' }, TEXT);
  await file.write('{"version":2}');
  await file.close();
  const older = await openLinkMemory(storage, FOLDER, 'sim');
  expect(older.found).toBe('damaged');
  await older.save(RECORD);
  expect((await openLinkMemory(storage, FOLDER, 'sim')).found).toEqual(RECORD);
});
