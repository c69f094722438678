import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Paths of PEM files. */
export interface IssuedFiles {
  readonly cert: string;
  readonly key: string;
}

/** An authority of its own in a folder of its own, made by openssl as `docs/operating.md` shows it. */
export class TestCertificates implements AsyncDisposable {
  readonly folder: string;
  readonly ca: string;
  readonly #caKey: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.ca = join(folder, 'ca.pem');
    this.#caKey = join(folder, 'ca-key.pem');
  }

  static async make(): Promise<TestCertificates> {
    const made = new TestCertificates(await mkdtemp(join(tmpdir(), 'waystation-tls-')));
    await run('openssl', [...NEW_CERTIFICATE, '-subj', '/CN=Test CA', '-keyout', made.#caKey, '-out', made.ca]);
    return made;
  }

  /** For this machine. @param subject such as `/CN=tyre-monitor` */
  async issue(name: string, { days = 365, subject = `/CN=${name}` } = {}): Promise<IssuedFiles> {
    const [cert, key] = [join(this.folder, `${name}.pem`), join(this.folder, `${name}-key.pem`)];
    const signer = ['-CA', this.ca, '-CAkey', this.#caKey, '-days', `${days}`];
    const extensions = ['basicConstraints=critical,CA:FALSE', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const added = extensions.flatMap((extension) => ['-addext', extension]);
    await run('openssl', [...NEW_CERTIFICATE, ...signer, '-subj', subject, ...added, '-keyout', key, '-out', cert]);
    return { cert, key };
  }

  /** What a client of TLS needs, for `tls.connect` and for MQTT.js. */
  async trust(client?: IssuedFiles) {
    const ca = await readFile(this.ca);
    if (client === undefined) return { ca };
    return { ca, cert: await readFile(client.cert), key: await readFile(client.key) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true });
  }
}

const NEW_CERTIFICATE = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc'.split(' ');
