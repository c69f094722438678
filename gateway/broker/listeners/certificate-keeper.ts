import { stat } from 'node:fs/promises';
import { WaystationError } from '#gateway/model/errors.ts';
import type { CertificateStatus } from '#gateway/model/status.ts';
import type { Cancel, Clock } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import type { TlsFiles } from './listener-options.ts';
import { loadTlsMaterial, type TlsMaterial, type Validity } from './tls-material.ts';

/** How often the files are looked at. They are taken once they have stood still for as long: they are written one after the other. */
export const WATCH_INTERVAL_MS = 5000;
/** How long before its end a certificate is warned of, once a day. */
export const EXPIRY_WARNING_DAYS = 30;
const DAY_MS = 86_400_000;

/** What {@link CertificateKeeper} needs. */
export interface CertificateKeeperOptions {
  readonly files: TlsFiles;
  /** The listener, for log lines. */
  readonly listener: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called with whatever holds from now on; also within {@link CertificateKeeper.open}. */
  readonly use: (material: TlsMaterial) => void;
}

/**
 * Keeps the certificate of a listener up to date: takes new files when they are whole, keeps the old ones while they are not, and
 * says in time when one is about to end. What is in use never changes in part.
 *
 * The files are looked at rather than watched: links that are moved, folders that are mounted over and other file systems tell
 * nobody, and this finds them all.
 */
export class CertificateKeeper implements Disposable {
  readonly #options: CertificateKeeperOptions;
  #material: TlsMaterial;
  /** What the files looked like: when they were taken, when they could not be, when they were looked at last. */
  #taken: string;
  #refused: string | undefined;
  #seen: string;
  #lastError: string | undefined;
  #warnedMs = Number.NEGATIVE_INFINITY;
  #cancel: Cancel | undefined;
  #isDisposed = false;

  private constructor(options: CertificateKeeperOptions, material: TlsMaterial, taken: string) {
    this.#options = options;
    this.#material = material;
    this.#taken = taken;
    this.#seen = taken;
    options.use(material);
    this.#warnOfExpiry();
    this.#schedule();
  }

  /** @throws WaystationError `tls.unreadable`, `tls.invalid` */
  static async open(options: CertificateKeeperOptions): Promise<CertificateKeeper> {
    const taken = await appearanceOf(options.files);
    return new CertificateKeeper(options, await loadTlsMaterial(options.files), taken);
  }

  /**
   * Takes the files as they are now.
   *
   * @throws WaystationError `tls.unreadable`, `tls.invalid`, `tls.expired`: the old ones stay in use
   */
  async reload(): Promise<void> {
    const { files, listener, logger, use } = this.#options;
    const appearance = await appearanceOf(files);
    try {
      const material = await loadTlsMaterial(files);
      this.#refuseExpired(material);
      use(material);
      this.#material = material;
    } catch (error) {
      this.#refused = appearance;
      if (!(error instanceof WaystationError)) throw error;
      this.#lastError = error.summary;
      logger.warn({ listener, error, remedy: error.remedy }, 'the new certificate cannot be used; the old one stays');
      throw error;
    }
    this.#taken = appearance;
    this.#refused = undefined;
    this.#lastError = undefined;
    this.#warnedMs = Number.NEGATIVE_INFINITY;
    logger.info({ listener, certificates: this.status().certificates }, 'certificate reloaded');
    this.#warnOfExpiry();
  }

  /** What clients would refuse takes the place of nothing that they take; where the date is wrong, that is no better. */
  #refuseExpired({ validities }: TlsMaterial): void {
    const nowMs = this.#options.clock.wallMs();
    const expired = validities.find(({ untilMs }) => nowMs >= untilMs);
    const isUsable = this.#material.validities.every(({ fromMs, untilMs }) => nowMs >= fromMs && nowMs < untilMs);
    if (expired === undefined || !isUsable) return;
    const { file, subject, untilMs } = expired;
    const text = `Taking ${file}: ${subject} has ended at ${new Date(untilMs).toISOString()}, and what is in use has not`;
    throw new WaystationError('tls.expired', text);
  }

  status(): { readonly certificates: readonly CertificateStatus[]; readonly lastError?: string } {
    const nowMs = this.#options.clock.wallMs();
    const certificates = this.#material.validities.map((validity) => statusOf(validity, nowMs));
    return { certificates, ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }) };
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#cancel?.();
  }

  #schedule(): void {
    if (this.#isDisposed) return;
    this.#cancel = this.#options.clock.schedule(WATCH_INTERVAL_MS, () => void this.#look());
  }

  /** Our own mistakes end the process, as an unhandled rejection. */
  async #look(): Promise<void> {
    this.#warnOfExpiry();
    const appearance = await appearanceOf(this.#options.files);
    const isStill = appearance === this.#seen;
    this.#seen = appearance;
    const isNew = appearance !== this.#taken && appearance !== this.#refused;
    if (isStill && isNew && !this.#isDisposed) await this.#tryReload();
    this.#schedule();
  }

  async #tryReload(): Promise<void> {
    try {
      await this.reload();
    } catch (error) {
      if (!(error instanceof WaystationError)) throw error;
    }
  }

  #warnOfExpiry(): void {
    const { clock, listener, logger } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#warnedMs < DAY_MS) return;
    this.#warnedMs = nowMs;
    for (const { state, ...certificate } of this.status().certificates)
      if (state !== 'valid') logger.warn({ listener, ...certificate }, EXPIRY_WORDS[state]);
  }
}

const EXPIRY_WORDS = {
  expiring: 'a certificate ends soon: put a new one in its place; it is taken by itself',
  expired: 'a certificate has ended, and clients refuse it: put a new one in its place; it is taken by itself',
  notYetValid: 'a certificate does not count yet: the date of this host, or the certificate, is wrong',
} as const;

function statusOf({ file, subject, fromMs, untilMs }: Validity, nowMs: number): CertificateStatus {
  const daysLeft = Math.floor((untilMs - nowMs) / DAY_MS);
  return { file, subject, expires: new Date(untilMs).toISOString(), daysLeft, state: stateAt(nowMs, fromMs, untilMs) };
}

function stateAt(nowMs: number, fromMs: number, untilMs: number): CertificateStatus['state'] {
  if (nowMs < fromMs) return 'notYetValid';
  if (nowMs >= untilMs) return 'expired';
  return untilMs - nowMs < EXPIRY_WARNING_DAYS * DAY_MS ? 'expiring' : 'valid';
}

/** Changes whenever a file was written, moved into place, or gone. */
async function appearanceOf({ cert, key, clientCa }: TlsFiles): Promise<string> {
  const files = [cert, key, ...(clientCa === undefined ? [] : [clientCa])];
  const looks = await Promise.all(
    files.map(async (file) => {
      try {
        const { ino, mtimeNs, size } = await stat(file, { bigint: true });
        return `${ino} ${mtimeNs} ${size}`;
      } catch (error) {
        return String(error);
      }
    }),
  );
  return looks.join('\n');
}
