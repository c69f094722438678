import { readBounded } from '#gateway/runtime/read-bounded.ts';

/** Where Linux names the start of the host that is under way: another at each, the same for every process in it. */
const BOOT_ID_FILE = '/proc/sys/kernel/random/boot_id';

/**
 * The start of the host under way: times since then can be compared between processes that have the same.
 *
 * @returns undefined where the system has no name for it
 * @see https://man7.org/linux/man-pages/man4/random.4.html
 */
export async function loadBootId(file = BOOT_ID_FILE): Promise<string | undefined> {
  const bytes = await readBounded(file, MAX_BOOT_ID_BYTES).catch(() => Buffer.of());
  const id = bytes.toString('latin1').trim();
  return UUID.test(id) ? id : undefined;
}

/** 36 digits and dashes, and their line ending, with room for blanks. */
const MAX_BOOT_ID_BYTES = 64;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
