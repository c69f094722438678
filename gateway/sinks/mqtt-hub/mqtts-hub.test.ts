import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CountingHub } from '#gateway/sinks/testing/counting-hub.ts';
import { FakeJournal } from '#gateway/sinks/testing/fake-journal.ts';
import { ALERTS, appendCounted, openTestSink, TELEMETRY } from '#gateway/sinks/testing/open-test-sink.ts';

/** From the package of that name. */
const OPENSSL = 'openssl';
const until = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 5 });

function hasOpenssl(): boolean {
  try {
    execFileSync(OPENSSL, ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

// Certificates are made anew: no private key belongs into a repository.
describe.skipIf(process.env['CI'] === undefined && !hasOpenssl())(
  'an MQTT hub over TLS (needs the package openssl)',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'waystation-tls-'));
    const certFile = join(folder, 'cert.pem');
    const keyFile = join(folder, 'key.pem');
    const trusted = getCACertificates('default');

    beforeAll(() => {
      const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
      const name = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
      const args = ['req', '-x509', ...kind, ...name, '-keyout', keyFile, '-out', certFile];
      execFileSync(OPENSSL, args, { stdio: 'ignore' });
    });
    afterAll(() => {
      setDefaultCACertificates(trusted);
      rmSync(folder, { recursive: true });
    });

    it('is not spoken to when nobody vouches for it; with a certificate on both sides it gets everything', async () => {
      const [cert, key] = [readFileSync(certFile), readFileSync(keyFile)];
      await using hub = await CountingHub.open(undefined, { cert, key, ca: cert, requestCert: true });
      const url = `mqtts://127.0.0.1:${hub.port}`;
      const journal = new FakeJournal([ALERTS, TELEMETRY]);
      appendCounted(journal, TELEMETRY, 20);

      await using wary = await openTestSink(hub.port, journal, { id: 'wary', url });
      await until(() => expect(wary.status().lastError).toMatch(/^hub.unreachable: .*self-signed certificate/));

      setDefaultCACertificates([...trusted, cert.toString()]);
      await using sink = await openTestSink(hub.port, journal, { url, credentials: { certFile, keyFile } });
      await until(() => expect(sink.status().acknowledgedCount).toBe(20));
      expect(hub.of(TELEMETRY)).toHaveLength(20);
    });

    it('is not mistaken for one that speaks plain MQTT', async () => {
      await using hub = await CountingHub.open();
      const url = `mqtts://127.0.0.1:${hub.port}`;
      await using sink = await openTestSink(hub.port, new FakeJournal([ALERTS, TELEMETRY]), { url });
      await until(() => expect(sink.status().lastError).toMatch(/^hub.unreachable/));
      expect(hub.received).toHaveLength(0);
    });
  },
);
