import { lstat, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { WaystationError } from '#gateway/model/errors.ts';
import { readBounded } from '#gateway/runtime/read-bounded.ts';
import { syncFolder } from '#gateway/runtime/sync-folder.ts';
import { systemWords } from '#gateway/runtime/system-words.ts';

/** Chance as a port: so many random hex digits. */
export type RandomHex = (digitCount: number) => string;

const FILE_NAME = 'gateway-uid';
/** Of what is still read, to say that it is damaged. */
const MAX_BYTES = 4096;
const UID = /^[0-9a-f]{32}\n?$/;

/**
 * The identity of the gateway: 32 hex digits, in every event id. Made once; a display name may change, this never does.
 * The folder must be locked.
 *
 * @throws WaystationError `dataDir.damaged` when the file is there and holds something else: a silent new identity would
 * make every event look like one of another gateway; `dataDir.obstructed` when it is no regular file; `dataDir.unwritable`
 */
export async function loadGatewayUid(folder: string, randomHex: RandomHex): Promise<string> {
  const path = join(folder, FILE_NAME);
  try {
    const text = await readIfThere(path);
    if (text === undefined) return await makeUid(folder, randomHex(32));
    if (UID.test(text)) return text.trimEnd();
  } catch (cause) {
    if (cause instanceof WaystationError) throw cause;
    const reason = systemWords(cause);
    throw new WaystationError('dataDir.unwritable', `Reading or making ${path}: ${reason}`, { cause });
  }
  throw new WaystationError('dataDir.damaged', `Reading ${path}: expected 32 hex digits, found something else`);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    // Opening a pipe would wait for ever.
    if (!(await lstat(path)).isFile())
      throw new WaystationError('dataDir.obstructed', `Reading ${path}: no regular file`);
    return (await readBounded(path, MAX_BYTES)).toString('utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whole or not at all: under its name the file is complete and synced, whenever the power fails. */
async function makeUid(folder: string, uid: string): Promise<string> {
  const temporary = join(folder, `${FILE_NAME}.new`);
  await rm(temporary, { force: true });
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(`${uid}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(folder, FILE_NAME));
  await syncFolder(folder);
  return uid;
}
