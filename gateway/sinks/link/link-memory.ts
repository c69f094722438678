import { SLOT_BODY_BYTES, SlotFile } from '#gateway/journal/slot-file.ts';
import type { Storage } from '#gateway/journal/storage.ts';
import { invariant } from '#gateway/model/errors.ts';
import { decodeLinkRecord, encodeLinkRecord, type LinkRecord } from './link-record.ts';

/** Keeps the record of one link: a port, so that the accounting can be tried against a disk that loses power. */
export interface LinkMemory {
  /** Of the last run. `none`: there was none. `damaged`: there was one, and nobody knows what it said. */
  readonly found: LinkRecord | 'none' | 'damaged';
  /** Resolves when the record is durable; after a rejection the one before still is. One at a time. */
  save(record: LinkRecord): Promise<void>;
  close(): Promise<void>;
}

const CODEC = {
  magic: Buffer.from('WYLK'),
  encode: encodeLinkRecord,
  decode: decodeLinkRecord,
};

/**
 * A {@link LinkMemory} in a file of two slots, allocated at its first write: a write costs the card one block, needs no space, and a power
 * cut within it leaves the record before.
 *
 * @param folder is made if it is not there
 */
export async function openLinkMemory(storage: Storage, folder: string, id: string): Promise<LinkMemory> {
  await storage.makeDirectory(folder);
  const { file, state, value } = await SlotFile.load({ storage, folder, name: `${id}.link` }, CODEC);
  return {
    found: value ?? (state === 'missing' ? 'none' : 'damaged'),
    save(record) {
      invariant(encodeLinkRecord(record).length <= SLOT_BODY_BYTES, 'A record of a link fits its slot.');
      return file.write(record);
    },
    close: () => file.close(),
  };
}
