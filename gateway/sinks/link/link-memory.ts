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

/** Of a whole slot that says what nobody here reads, a record of a newer version, the one before it says too little: it is the one that counts. */
const CODEC = {
  magic: Buffer.from('WYLK'),
  encode: (record: Uint8Array) => record,
  decode: (body: Buffer): Uint8Array => Buffer.from(body),
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
    found: state === 'missing' ? 'none' : ((value && decodeLinkRecord(value)) ?? 'damaged'),
    save(record) {
      const body = encodeLinkRecord(record);
      invariant(body.length <= SLOT_BODY_BYTES, 'A record of a link fits its slot.');
      return file.write(body);
    },
    close: () => file.close(),
  };
}
