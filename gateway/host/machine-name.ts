import { createHmac } from 'node:crypto';
import { readBounded } from '#gateway/runtime/read-bounded.ts';

/** Where systemd and D-Bus keep the name that a machine gave itself when it was installed. */
export const MACHINE_ID_FILE = '/etc/machine-id';

/**
 * A name of this machine that it does not share with a copy of its `dataDir`: 16 hex digits, the same at every start. Made from
 * the machine id, which is confidential, by a one-way function of this application.
 *
 * @returns undefined where the machine has no id, as in some containers
 * @see https://www.freedesktop.org/software/systemd/man/latest/machine-id.html
 */
export async function loadMachineName(file: string): Promise<string | undefined> {
  const bytes = await readBounded(file, MAX_MACHINE_ID_BYTES).catch(() => Buffer.of());
  const id = bytes.toString('latin1').trim();
  if (!/^[0-9a-f]{32}$/.test(id) || /^0*$/.test(id)) return undefined;
  return createHmac('sha256', Buffer.from(id, 'hex')).update(APPLICATION).digest('hex').slice(0, 16);
}

/** 32 digits and their line ending, with room for blanks. */
const MAX_MACHINE_ID_BYTES = 64;

/** Changing it makes every gateway begin new epochs. */
const APPLICATION = 'waystation/journal/1';
