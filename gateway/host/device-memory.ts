import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeviceMemory, RememberedPort } from '#gateway/model/device-memory.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { readBounded } from '#gateway/runtime/read-bounded.ts';
import { replaceFile } from '#gateway/runtime/replace-file.ts';

const FILE_NAME = 'devices.json';
/** A hundred devices with long names. */
const MAX_BYTES = 65_536;

/**
 * A {@link DeviceMemory} in one small file of the `dataDir`. A file that is missing, damaged or strange is no memory, and no error: what
 * it knew is learnt again. It is written only when something changed, whole or not at all. Closing waits for that.
 *
 * @param devices of the configuration; what is known of others is forgotten with the next change
 */
export async function openDeviceMemory(
  folder: string,
  devices: readonly { readonly id: string }[],
  logger: Logger,
): Promise<DeviceMemory & AsyncDisposable> {
  const path = join(folder, FILE_NAME);
  const ports = new Map<string, RememberedPort>();
  const found = await readMemory(path);
  for (const { id } of devices) ports.set(id, parsePort(found?.[id]));
  let writing = Promise.resolve();
  let isWriteDue = false;
  const write = async () => {
    isWriteDue = false;
    try {
      await replaceFile(path, `${JSON.stringify({ version: 1, devices: Object.fromEntries(ports) })}\n`);
    } catch (error) {
      logger.warn({ path, error: String(error) }, 'What was learnt of the devices cannot be kept.');
    }
  };
  return {
    recall: (id) => ports.get(id) ?? {},
    remember(id, change) {
      const known = ports.get(id) ?? {};
      const merged = { ...known, ...change };
      if (JSON.stringify(parsePort(merged)) === JSON.stringify(parsePort(known))) return;
      ports.set(id, merged);
      if (isWriteDue) return;
      isWriteDue = true;
      writing = writing.then(write);
    },
    [Symbol.asyncDispose]: () => writing,
  };
}

type Fields = Readonly<Record<string, unknown>>;

async function readMemory(path: string): Promise<Fields | undefined> {
  try {
    // Opening a pipe would wait for ever.
    if (!(await lstat(path)).isFile()) return undefined;
    const content: unknown = JSON.parse((await readBounded(path, MAX_BYTES)).toString('utf8'));
    return fieldsOf(fieldsOf(content)?.['devices']);
  } catch {
    return undefined;
  }
}

/** Keeps what is as it should be, and drops the rest. */
function parsePort(value: unknown): RememberedPort {
  const { baud, socket, adapter } = fieldsOf(value) ?? {};
  const { path, byPath } = fieldsOf(socket) ?? {};
  return {
    ...(typeof baud === 'number' && Number.isInteger(baud) && baud >= 50 && baud <= 4_000_000 ? { baud } : {}),
    ...(adapter === 'lawicel' || adapter === 'canable' ? { adapter } : {}),
    ...(typeof path === 'string' && typeof byPath === 'string' ? { socket: { path, byPath } } : {}),
  };
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null ? { ...value } : undefined;
}
