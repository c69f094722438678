import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** From the package of that name. */
const OPENSSL = 'openssl';

/** Whether certificates can be made here; under CI they must. */
export const HAS_OPENSSL = process.env['CI'] !== undefined || canRunOpenssl();

/** A certificate with its key, as files. */
export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** An authority that certifies whatever a test asks for. Made anew each time: no private key belongs into a repository. */
export class TestAuthority implements Disposable {
  readonly folder: string;
  readonly caFile: string;
  readonly #keyFile: string;
  #serial = 0;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'waystation-ca-'));
    this.caFile = join(this.folder, 'ca.pem');
    this.#keyFile = join(this.folder, 'ca.key');
    run('req', '-x509', ...NEW_KEY, '-subj', '/CN=Test authority', '-keyout', this.#keyFile, '-out', this.caFile);
  }

  /** @param name goes into the subject */
  certify(name: string): CertificateFiles {
    const path = (kind: string) => join(this.folder, `${name}-${this.#serial}.${kind}`);
    this.#serial += 1;
    const [keyFile, certFile, request, extensions] = [path('key'), path('pem'), path('csr'), path('ext')];
    writeFileSync(extensions, 'subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n');
    run('req', ...NEW_KEY, '-subj', `/CN=${name}`, '-keyout', keyFile, '-out', request);
    const signer = ['-CA', this.caFile, '-CAkey', this.#keyFile, '-set_serial', String(this.#serial)];
    run('x509', '-req', '-in', request, ...signer, '-days', '2', '-extfile', extensions, '-out', certFile);
    return { certFile, keyFile };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];

function run(...args: readonly string[]): void {
  execFileSync(OPENSSL, args, { stdio: 'ignore' });
}

function canRunOpenssl(): boolean {
  try {
    run('version');
    return true;
  } catch {
    return false;
  }
}
