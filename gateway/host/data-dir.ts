/**
 * The place of the process on the machine: the folder it owns, the lock on it, its identity, and the socket it answers on.
 *
 * Never touches event data: the journal lays out its own part of the folder.
 * Start reading here; `folder-lock.ts` is what keeps a second gateway out, `control-socket.ts` what `waystation status` talks to.
 */
import { access, constants } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { WaystationError } from '#gateway/model/errors.ts';
import { makeFolders } from '#gateway/runtime/make-folders.ts';
import { syncFolder } from '#gateway/runtime/sync-folder.ts';
import { systemWords } from '#gateway/runtime/system-words.ts';
import { lockFolder } from './folder-lock.ts';
import { loadGatewayUid, type RandomHex } from './gateway-uid.ts';

/** A folder that belongs to this process until it is closed. */
export interface DataDir extends AsyncDisposable {
  /** Absolute. */
  readonly path: string;
  /** 32 hex digits, made at the first start and never changed. */
  readonly gatewayUid: string;
}

/**
 * Creates the folder if need be, takes its lock, and reads or makes the identity of the gateway.
 *
 * @throws WaystationError `dataDir.inUse`, `dataDir.unwritable`, `dataDir.damaged`
 */
export async function openDataDir(path: string, randomHex: RandomHex): Promise<DataDir> {
  const folder = resolve(path);
  await makeFolder(folder);
  await using opened = new AsyncDisposableStack();
  opened.use(await lockFolder(folder));
  const gatewayUid = await loadGatewayUid(folder, randomHex);
  const owned = opened.move();
  return { path: folder, gatewayUid, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function makeFolder(folder: string): Promise<void> {
  try {
    // A folder that is lost in a power cut takes the journal with it: sync what names it, up to what was there before.
    for (const made of await makeFolders(folder, 0o700)) await syncFolder(dirname(made));
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    const reason = systemWords(cause);
    throw new WaystationError('dataDir.unwritable', `Opening the dataDir ${folder}: ${reason}`, { cause });
  }
}
