import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { invariant, WaystationError } from '#gateway/model/errors.ts';
import { readBounded } from '#gateway/runtime/read-bounded.ts';
import { tlsWords } from '#gateway/runtime/tls-words.ts';
import type { TlsFiles } from './listener-options.ts';

/** More than a chain, or the authorities of a company, take. */
const MAX_PEM_BYTES = 256 * 2 ** 10;

/** What a TLS listener runs on: files that were read whole and fit together. */
export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer | undefined;
  /** Of each file with certificates, the one that ends first: that of the gateway, then that of the authorities. */
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

/** What is wrong with one of the files. */
export interface TlsFault {
  readonly file: keyof TlsFiles;
  readonly error: WaystationError;
}

/** All that is wrong, or what can be used. */
export type TlsInspection =
  | { readonly isSound: true; readonly material: TlsMaterial }
  | { readonly isSound: false; readonly faults: readonly [TlsFault, ...TlsFault[]] };

/**
 * Reads the files of a TLS listener, and sees that they can be used together. A certificate out of its time is no error: the date
 * of the host may be the one that is wrong.
 *
 * @throws WaystationError `tls.unreadable`, `tls.invalid`: what is wrong with the first file that is
 */
export async function loadTlsMaterial(files: TlsFiles): Promise<TlsMaterial> {
  const inspection = await inspectTls(files);
  if (inspection.isSound) return inspection.material;
  throw inspection.faults[0].error;
}

/** As {@link loadTlsMaterial}, and names every file that cannot be used. */
export async function inspectTls(files: TlsFiles): Promise<TlsInspection> {
  const { cert, key, clientCa } = files;
  const faults: TlsFault[] = [];
  const read = async <T>(file: keyof TlsFiles, path: string, parse: (pem: Buffer) => T) => {
    try {
      const pem = await readPem(path);
      return { pem, parsed: parse(pem) };
    } catch (error) {
      if (!(error instanceof WaystationError)) throw error;
      faults.push({ file, error });
      return undefined;
    }
  };
  const chain = await read('cert', cert, (pem) => parseCertificates(cert, pem));
  const privateKey = await read('key', key, (pem) =>
    attempt(`${key} holds no private key that can be used`, () => createPrivateKey(pem)),
  );
  const authorities = clientCa === undefined ? undefined : await read('clientCa', clientCa, authoritiesIn(clientCa));
  if (chain !== undefined && privateKey !== undefined) {
    await read('key', key, () => pairOf(files, chain, privateKey));
  }
  const [first, ...others] = faults;
  if (first !== undefined) return { isSound: false, faults: [first, ...others] };
  // Without a fault both are there.
  invariant(chain !== undefined && privateKey !== undefined, 'a file without a fault was read');
  const validities = [soonest(cert, chain.parsed)];
  if (clientCa !== undefined && authorities !== undefined) validities.push(soonest(clientCa, authorities.parsed));
  const material = { cert: chain.pem, key: privateKey.pem, ca: authorities?.pem, validities };
  return { isSound: true, material };
}

interface ReadPem<T> {
  readonly pem: Buffer;
  readonly parsed: T;
}

/** @throws WaystationError `tls.invalid` if the key is that of another certificate, or OpenSSL takes them not */
function pairOf({ cert, key }: TlsFiles, chain: ReadPem<readonly X509Certificate[]>, own: ReadPem<KeyObject>): void {
  if (chain.parsed[0]?.checkPrivateKey(own.parsed) !== true) throw invalid(`the key in ${key} is not that of ${cert}`);
  attempt(`${cert} and ${key} cannot be used`, () => createSecureContext({ cert: chain.pem, key: own.pem }));
}

function authoritiesIn(clientCa: string): (pem: Buffer) => readonly X509Certificate[] {
  return (pem) => {
    const authorities = parseCertificates(clientCa, pem);
    const leaf = authorities.find(({ ca }) => !ca);
    if (leaf !== undefined)
      throw invalid(`${clientCa} holds ${subjectOf(leaf)}, which is no certificate of an authority`);
    attempt(`${clientCa} cannot be used`, () => createSecureContext({ ca: pem }));
    return authorities;
  };
}

/** @returns why the certificates of authorities in a file cannot be used */
export async function authorityFault(file: string): Promise<string | undefined> {
  try {
    authoritiesIn(file)(await readPem(file));
    return undefined;
  } catch (error) {
    if (error instanceof WaystationError) return error.message;
    throw error;
  }
}

/** @returns what is wrong with the order in which the certificates of the gateway stand, each signed by the next */
export function chainBreakIn({ cert }: Pick<TlsMaterial, 'cert'>, file: string): string | undefined {
  const chain = parseCertificates(file, cert);
  for (const [index, certificate] of chain.entries()) {
    const next = chain[index + 1];
    if (next === undefined || certificate.checkIssued(next)) continue;
    return `${file} holds ${subjectOf(next)} behind ${subjectOf(certificate)}, which it has not signed: clients that want the whole chain refuse it`;
  }
  return undefined;
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
    throw invalid(`${what}: ${tlsWords(cause)}`, cause);
  }
}

function invalid(message: string, cause?: unknown): WaystationError {
  return new WaystationError('tls.invalid', message, { cause });
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
