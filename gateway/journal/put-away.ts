import type { Storage } from './storage.ts';

/** The folder, in that of a stream or of the cursors, for what cannot be read there. */
const QUARANTINE = 'quarantine';

/** Moves something as it is into the {@link QUARANTINE} of its folder, durably when this resolves. @returns where it is now */
export async function putAway(storage: Storage, folder: string, name: string): Promise<string> {
  const quarantine = `${folder}/${QUARANTINE}`;
  await storage.makeDirectory(quarantine);
  const taken = new Set([...(await storage.list(quarantine)), ...(await storage.listOthers(quarantine))]);
  let free = name;
  for (let copy = 2; taken.has(free); copy++) free = `${name}.${copy}`;
  await storage.rename(`${folder}/${name}`, `${quarantine}/${free}`);
  await storage.syncDirectory(quarantine);
  await storage.syncDirectory(folder);
  return `${quarantine}/${free}`;
}
