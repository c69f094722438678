import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { WaystationError } from '#gateway/model/errors.ts';

/**
 * Names the device that a path leads to now, so that another one under the same path is noticed. Nothing is opened.
 *
 * @throws WaystationError `port.missing`, `port.notSerial`, or `port.failed` where the path cannot be followed
 */
export async function identifyPort(path: string): Promise<string> {
  const found = await statPath(path);
  if (found.isCharacterDevice()) return `${found.dev}:${found.ino}:${found.rdev}`;
  throw new WaystationError('port.notSerial', `Opening the serial port ${path}: it is ${kindOf(found)}`);
}

async function statPath(path: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const reason = isMissing ? 'there is no such path' : String(cause);
    const code = isMissing ? 'port.missing' : 'port.failed';
    throw new WaystationError(code, `Opening the serial port ${path}: ${reason}`, { cause });
  }
}

/** Found before anything is opened: opening a FIFO would wait for its other end. */
function kindOf(found: Stats): string {
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a FIFO';
  if (found.isSocket()) return 'a socket';
  return found.isBlockDevice() ? 'a disk' : 'a file';
}
