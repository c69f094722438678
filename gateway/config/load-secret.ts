import { WaystationError } from '#gateway/model/errors.ts';
import { Secret } from '#gateway/model/secret.ts';
import { readBounded } from '#gateway/runtime/read-bounded.ts';

/** Where a secret lies: in a file, or in a variable of the environment; never in the configuration itself. */
export type SecretSource = { readonly file: string } | { readonly env: string };

/** More than any password or private key needs. */
const MAX_SECRET_BYTES = 64 * 1024;

/**
 * Reads a secret. Line ends after it are dropped: editors and `echo` add them.
 *
 * @throws WaystationError `secret.unreadable`, `secret.notSet`
 */
export async function loadSecret(source: SecretSource, environment = process.env): Promise<Secret> {
  const text = 'env' in source ? environment[source.env] : await readSecretFile(source.file);
  const place = 'env' in source ? `the environment variable ${source.env}` : source.file;
  if (text === undefined) throw new WaystationError('secret.notSet', `Reading a secret: ${place} is not set`);
  const secret = text.replace(/[\r\n]+$/, '');
  const code = 'env' in source ? 'secret.notSet' : 'secret.unreadable';
  if (secret === '') throw new WaystationError(code, `Reading a secret: ${place} is empty`);
  return new Secret(secret);
}

async function readSecretFile(path: string): Promise<string> {
  try {
    return (await readBounded(path, MAX_SECRET_BYTES)).toString('utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WaystationError('secret.unreadable', `Reading the secret ${path}: ${reason}`, { cause });
  }
}
