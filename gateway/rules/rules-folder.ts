import { open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '#gateway/model/secret.ts';
import { makeFolders } from '#gateway/runtime/make-folders.ts';

/** What is where below `dataDir/rules`. The secrets lie beside the folder of Node-RED, which is all that it can read. */
export interface RulesFolder {
  /** Node-RED's user folder: the flows of this gateway, and whatever Node-RED keeps. */
  readonly userDir: string;
  /** Opens the editor: {@link adminTokenFile}. */
  readonly adminToken: Secret;
  /** Encrypts the credentials that operators put into nodes. */
  readonly credentialSecret: Secret;
}

/** File of the password that opens the editor, for people. */
export function adminTokenFile(folder: string): string {
  return join(folder, 'admin-password');
}

/** Files that are as precious as a deploy: Node-RED cannot sync them itself. */
export const FLOW_FILES: readonly string[] = ['flows.json', 'flows_cred.json'];

/**
 * Makes what is missing: the folders, the secrets, and the shipped flow where there is none. What an operator has made is never
 * touched.
 *
 * @param shippedFlow folder with `flow.json` and `flow_cred.json`
 * @param randomHex so many random hex digits
 */
export async function prepareRulesFolder(
  folder: string,
  shippedFlow: string,
  randomHex: (digitCount: number) => string,
): Promise<RulesFolder> {
  const userDir = join(folder, 'node-red');
  await makeFolders(userDir, 0o700);
  const adminToken = await loadSecret(adminTokenFile(folder), () => randomHex(32));
  const credentialSecret = await loadSecret(join(folder, 'credential-secret'), () => randomHex(64));
  await copyUnlessThere(join(shippedFlow, 'flow_cred.json'), join(userDir, 'flows_cred.json'));
  await copyUnlessThere(join(shippedFlow, 'flow.json'), join(userDir, 'flows.json'));
  for (const made of [userDir, folder]) await syncPath(made);
  return { userDir, adminToken, credentialSecret };
}

/** Brings a file, or the names in a folder, to disk. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function loadSecret(path: string, make: () => string): Promise<Secret> {
  const kept = (await readIfThere(path))?.trim();
  if (kept !== undefined && kept !== '') return new Secret(kept);
  const made = make();
  await appear(path, `${made}\n`);
  return new Secret(made);
}

async function copyUnlessThere(from: string, to: string): Promise<void> {
  if (!(await isThere(to))) await appear(to, await readFile(from, 'utf8'));
}

async function readIfThere(path: string): Promise<string | undefined> {
  return (await isThere(path)) ? readFile(path, 'utf8') : undefined;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

/** Under its name a file is whole and synced, whenever the power fails; only the gateway's user may read it. */
async function appear(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}
