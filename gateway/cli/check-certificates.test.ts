import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestCertificates } from '#gateway/broker/listeners/testing/test-certificates.ts';
import { configErrorOf, loadConfig } from '#gateway/config/load-config.ts';
import { findOpenSecrets } from '#gateway/config/open-secrets.ts';
import { checkCertificates } from './check-certificates.ts';

const YEAR_MS = 365 * 86_400_000;
let made: TestCertificates;
beforeAll(async () => {
  made = await TestCertificates.make();
});
afterAll(() => made[Symbol.asyncDispose]());

async function check(listeners: readonly string[], { sinks = '', nowMs = Date.now() } = {}) {
  const file = join(made.folder, 'waystation.yaml');
  const lines = listeners.map((listener) => `    - ${listener}\n`).join('');
  await writeFile(file, `version: 1\ngateway: { id: t }\nbroker:\n  listeners:\n${lines}${sinks}`);
  const config = await loadConfig(file);
  const found = await checkCertificates(config, nowMs);
  const place = async (issues: typeof found.errors) =>
    (await configErrorOf(file, issues)).problems.map(({ line, path, message }) => `${line} ${path} ${message}`);
  return { config, errors: await place(found.errors), warnings: await place(found.warnings) };
}

it('names every file of every listener that cannot be used by its place, and a key that others may read', async () => {
  const { cert, key } = await made.issue('gateway');
  await chmod(key, 0o644);
  await chmod(made.folder, 0o755);
  const { config, errors, warnings } = await check([
    `{ type: mqtts, cert: ${cert}, key: ${key}, clientCa: ca.pem }`,
    `{ type: wss, cert: missing.pem, key: ${key} }`,
    `{ type: wss, port: 1, cert: ${cert}, key: ca-key.pem }`,
    `{ type: mqtts, port: 2, cert: ${cert}, key: ${key}, clientCa: ca-key.pem }`,
    `{ type: mqtts, port: 3, cert: missing.pem, key: ca.pem, clientCa: gateway.pem }`,
    `{ type: mqtts, port: 4, cert: ${cert}, key: ca-key.pem, clientCa: ca-key.pem }`,
  ]);
  expect(errors).toEqual([
    expect.stringMatching(/^6 broker\.listeners\[1\]\.cert Reading .*missing\.pem: ENOENT/),
    expect.stringMatching(/^7 broker\.listeners\[2\]\.key the key in .*ca-key\.pem is not that of/),
    expect.stringMatching(/^8 broker\.listeners\[3\]\.clientCa .* holds no certificate in PEM/),
    expect.stringMatching(/^9 broker\.listeners\[4\]\.cert Reading .*missing\.pem: ENOENT/),
    expect.stringMatching(/^9 broker\.listeners\[4\]\.key .*no private key that can be used: it is not in PEM/),
    expect.stringMatching(/^9 broker\.listeners\[4\]\.clientCa .*CN=gateway, which is no certificate of an authority/),
    expect.stringMatching(/^10 broker\.listeners\[5\]\.key the key in .*ca-key\.pem is not that of/),
    expect.stringMatching(/^10 broker\.listeners\[5\]\.clientCa .* holds no certificate in PEM/),
  ]);
  expect(warnings).toEqual([]);
  expect(await findOpenSecrets(config)).toContainEqual(expect.stringContaining(`may read ${key}; run chmod o-r`));
});

it('warns of certificates that have ended or do not count yet, and of a chain that is none; a sink that cannot use its files is an error', async () => {
  const { cert, key } = await made.issue('short', { days: 10 });
  const chain = join(made.folder, 'chain.pem');
  const other = await made.issue('other');
  await writeFile(chain, Buffer.concat([await readFile(cert), await readFile(other.cert)]));
  const listeners = [`{ type: mqtts, cert: ${cert}, key: ${key} }`, `{ type: wss, cert: ${chain}, key: ${key} }`];
  const sinks = `sinks:\n  - { id: hub, type: mqtt, url: 'mqtts://h', credentials: { certFile: ${cert}, keyFile: ${other.key} } }\n  - { id: late, type: mqtt, url: 'mqtts://h', ca: none.pem }\n`;
  const now = await check(listeners, { sinks });
  expect(now).toMatchObject({
    errors: [
      expect.stringMatching(/^8 sinks\[0\]\.credentials\.keyFile the key in .* is not that of/),
      expect.stringMatching(/^9 sinks\[1\]\.ca Reading .*none\.pem: ENOENT: no such file or directory$/),
    ],
    warnings: [
      expect.stringMatching(/^6 broker\.listeners\[1\]\.cert .*CN=other behind CN=short, which it has not signed/),
    ],
  });
  const late = await check(listeners, { nowMs: Date.now() + YEAR_MS / 2 });
  expect(late.errors).toEqual([]);
  expect(late.warnings[0]).toMatch(/^5 broker\.listeners\[0\]\.cert .*CN=short has ended, on \d{4}-\d\d-\d\d$/);
  const early = await check(listeners, { nowMs: Date.now() - YEAR_MS });
  expect(early.warnings[0]).toMatch(/^5 broker\.listeners\[0\]\.cert .*CN=short does not count before/);
});
