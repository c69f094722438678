import { createPrivateKey, X509Certificate } from 'node:crypto';
import { WaystationError } from '#gateway/model/errors.ts';
import { Secret } from '#gateway/model/secret.ts';
import type { Cancel, Clock } from '#gateway/runtime/clock.ts';
import { readBounded } from '#gateway/runtime/read-bounded.ts';

/** How the gateway proves who it is; several kinds may be given. */
export interface HubCredentials {
  readonly username?: string | undefined;
  readonly password?: Secret;
  /** Holds the password, such as a token that another program renews. */
  readonly tokenFile?: string | undefined;
  /** PEM files of the client certificate and its key, for `mqtts`. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

/** Files are read at each attempt, so what was renewed is picked up. */
export interface IdentityFiles extends HubCredentials {
  /** PEM file of the authorities to trust, in place of those of the system. */
  readonly caFile?: string;
}

/** What one attempt to connect takes. */
export interface HubIdentity {
  readonly username?: string;
  readonly password?: Secret;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly ca?: Buffer;
}

/** @throws WaystationError `secret.unreadable` */
export async function readIdentity(files: IdentityFiles): Promise<HubIdentity> {
  const { username, password, tokenFile, certFile, keyFile, caFile } = files;
  const [token, cert, key, ca] = await Promise.all([tokenFile, certFile, keyFile, caFile].map(readFileIfAny));
  const secret = token === undefined ? password : tokenIn(token, tokenFile);
  return {
    ...(username === undefined ? {} : { username }),
    ...(secret === undefined ? {} : { password: secret }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(ca === undefined ? {} : { ca }),
  };
}

/**
 * Looks at the files now and then, and calls back once when another identity lies there. A certificate whose key has not come yet
 * is waited for, and so is a file that cannot be read at the moment: what was connected with stays good until then.
 *
 * @param used what was read when the connection was made
 */
export function watchIdentity(
  files: IdentityFiles,
  used: HubIdentity,
  clock: Clock,
  onRenewed: (what: string) => void,
  everyMs: number = IDENTITY_CHECK_MS,
): Cancel {
  const { tokenFile, certFile, keyFile, caFile } = files;
  if ([tokenFile, certFile, keyFile, caFile].every((file) => file === undefined)) return () => {};
  let isOver = false;
  let cancel: Cancel = () => {};
  let before: HubIdentity | undefined;
  const look = async () => {
    // Files that are being replaced may be gone for a moment: they are looked at again, and what is in use stays.
    const found = await readIdentity(files).catch(() => undefined);
    if (isOver) return;
    const what = found === undefined || !isPair(found) ? undefined : differenceOf(used, found);
    // A file that is copied over another holds something of both for a moment: what is new is there at two looks.
    const isSettled = found !== undefined && before !== undefined && differenceOf(before, found) === undefined;
    if (what !== undefined && isSettled) return onRenewed(what);
    before = found;
    arm();
  };
  const arm = () => {
    cancel = clock.schedule(everyMs, () => void look());
  };
  arm();
  return () => {
    isOver = true;
    cancel();
  };
}

/** How soon a renewed file is noticed. The files are small, and the host has them in memory. */
const IDENTITY_CHECK_MS = 5000;
/** More than any chain of certificates needs. */
const MAX_PEM_BYTES = 1024 * 1024;

async function readFileIfAny(path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readBounded(path, MAX_PEM_BYTES);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WaystationError('secret.unreadable', `Reading ${path} to connect to the hub: ${reason}`, { cause });
  }
}

function tokenIn(bytes: Buffer, path: string | undefined): Secret {
  const token = bytes.toString('utf8').trim();
  if (token === '')
    throw new WaystationError('secret.unreadable', `Reading ${path} to connect to the hub: it is empty`);
  return new Secret(token);
}

function differenceOf(used: HubIdentity, found: HubIdentity): string | undefined {
  if (used.password?.reveal() !== found.password?.reveal()) return 'token';
  if (!isSame(used.cert, found.cert) || !isSame(used.key, found.key)) return 'certificate';
  return isSame(used.ca, found.ca) ? undefined : 'authorities';
}

function isSame(one: Buffer | undefined, other: Buffer | undefined): boolean {
  return one === undefined || other === undefined ? one === other : one.equals(other);
}

/** Whether a certificate and a key that were read belong together; so does nothing. */
function isPair({ cert, key }: HubIdentity): boolean {
  if (cert === undefined || key === undefined) return true;
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}
