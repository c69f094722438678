import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Config } from './config-schema.ts';
import { credentialsOf } from './sinks/credentials-of.ts';

/** Permission of everybody else: to read a file, or to go through a folder. */
const OTHERS_READ = 0o004;
const OTHERS_ENTER = 0o001;

/** @returns a sentence for each secret file that every user of this machine may read; what cannot be looked at is left to its reader */
export async function findOpenSecrets(config: Config): Promise<readonly string[]> {
  const isOpen = await Promise.all(
    secretFiles(config).map(async (file) => ((await mayOthersRead(file)) ? [file] : [])),
  );
  return isOpen.flat().map((file) => `every user of this machine may read ${file}; run chmod o-r ${file}`);
}

function secretFiles({ broker, sinks }: Config): readonly string[] {
  const logins = [...broker.clients, ...sinks.map((sink) => credentialsOf(sink))];
  const passwords = logins.map((login) => {
    if (login === undefined) return undefined;
    if ('keyFile' in login) return login.keyFile;
    if ('tokenFile' in login) return login.tokenFile;
    const secret = 'secret' in login ? login.secret : 'token' in login ? login.token : login.password;
    return secret !== undefined && 'file' in secret ? secret.file : undefined;
  });
  const keys = broker.listeners.map((listener) => ('key' in listener ? listener.key : undefined));
  const files = [...passwords, ...keys];
  return [...new Set(files)].filter((file) => file !== undefined);
}

async function mayOthersRead(file: string): Promise<boolean> {
  try {
    const [{ mode }, folder] = await Promise.all([stat(file), stat(dirname(file))]);
    return (mode & OTHERS_READ) !== 0 && (folder.mode & OTHERS_ENTER) !== 0;
  } catch {
    return false;
  }
}
