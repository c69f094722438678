import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { WaystationError } from '#gateway/model/errors.ts';
import { syncFolder } from './sync-folder.ts';

/** Chance as a port: so many random hex digits. */
export type RandomHex = (digitCount: number) => string;

const FILE_NAME = 'gateway-uid';
const UID = /^[0-9a-f]{32}\n?$/;

/**
 * The identity of the gateway: 32 hex digits, in every event id. Made once; a display name may change, this never does.
 * The folder must be locked.
 *
 * @throws WaystationError `dataDir.damaged` when the file is there and holds something else: a silent new identity would
 * make every event look like one of another gateway; `dataDir.unwritable`
 */
export async function loadGatewayUid(folder: string, randomHex: RandomHex): Promise<string> {
  const path = join(folder, FILE_NAME);
  try {
    const text = await readIfThere(path);
    if (text === undefined) return await makeUid(folder, randomHex(32));
    if (UID.test(text)) return text.trimEnd();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WaystationError('dataDir.unwritable', `Reading or making ${path}: ${reason}`, { cause });
  }
  throw new WaystationError('dataDir.damaged', `Reading ${path}: expected 32 hex digits, found something else`);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whole or not at all: under its name the file is complete and synced, whenever the power fails. */
async function makeUid(folder: string, uid: string): Promise<string> {
  const temporary = join(folder, `${FILE_NAME}.new`);
  const file = await open(temporary, 'w', 0o600);
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
