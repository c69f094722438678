import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { WaystationError } from '#gateway/model/errors.ts';
import { readBounded } from '#gateway/runtime/read-bounded.ts';
import type { TlsFiles } from './listener-options.ts';

/** More than a chain, or the authorities of a company, take. */
const MAX_PEM_BYTES = 256 * 2 ** 10;

/** What a TLS listener runs on: files that were read whole and fit together. */
export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer | undefined;
  /** Of each file with certificates, the one that ends first. */
  readonly validities: readonly Validity[];
}

/** When a certificate counts. */
export interface Validity {
  readonly file: string;
  /** On one line, such as `CN=gateway.local`. */
  readonly subject: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

/**
 * Reads the files of a TLS listener, and sees that they can be used together. A certificate out of its time is no error: the date
 * of the host may be the one that is wrong.
 *
 * @throws WaystationError `tls.unreadable`, `tls.invalid`
 */
export async function loadTlsMaterial({ cert, key, clientCa }: TlsFiles): Promise<TlsMaterial> {
  const [certPem, keyPem, caPem] = await Promise.all([
    readPem(cert),
    readPem(key),
    clientCa === undefined ? undefined : readPem(clientCa),
  ]);
  const chain = parseCertificates(cert, certPem);
  const authorities = clientCa === undefined ? [] : parseCertificates(clientCa, caPem ?? Buffer.alloc(0));
  const privateKey = attempt(`${key} holds no private key that can be used`, () => createPrivateKey(keyPem));
  if (chain[0]?.checkPrivateKey(privateKey) !== true) throw invalid(`the key in ${key} is not that of ${cert}`);
  const leaf = authorities.find(({ ca }) => !ca);
  if (leaf !== undefined)
    throw invalid(`${clientCa} holds ${subjectOf(leaf)}, which is no certificate of an authority`);
  const material = { cert: certPem, key: keyPem, ca: caPem };
  attempt(`${cert} and ${key} cannot be used`, () => createSecureContext(material));
  const validities = [soonest(cert, chain), ...(clientCa === undefined ? [] : [soonest(clientCa, authorities)])];
  return { ...material, validities };
}

async function readPem(path: string): Promise<Buffer> {
  try {
    return await readBounded(path, MAX_PEM_BYTES);
  } catch (cause) {
    throw new WaystationError('tls.unreadable', `Reading ${path}: ${reasonOf(cause)}`, { cause });
  }
}

const PEM_BLOCK = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]*-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;

function parseCertificates(file: string, pem: Buffer): readonly X509Certificate[] {
  const blocks = pem.toString('latin1').match(PEM_BLOCK) ?? [];
  if (blocks.length === 0) throw invalid(`${file} holds no certificate in PEM`);
  return blocks.map((block) => attempt(`${file} holds a damaged certificate`, () => new X509Certificate(block)));
}

function soonest(file: string, certificates: readonly X509Certificate[]): Validity {
  const [first] = certificates.toSorted((a, b) => a.validToDate.getTime() - b.validToDate.getTime());
  if (first === undefined) throw invalid(`${file} holds no certificate in PEM`);
  const { validFromDate, validToDate } = first;
  return { file, subject: subjectOf(first), fromMs: validFromDate.getTime(), untilMs: validToDate.getTime() };
}

function subjectOf({ subject }: X509Certificate): string {
  return (subject ?? '').split('\n').join(', ') || 'a certificate without a subject';
}

function attempt<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw invalid(`${what}: ${reasonOf(cause)}`, cause);
  }
}

function invalid(message: string, cause?: unknown): WaystationError {
  return new WaystationError('tls.invalid', message, { cause });
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
