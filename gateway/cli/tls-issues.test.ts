import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestCertificates } from '#gateway/broker/listeners/testing/test-certificates.ts';
import { configErrorOf, loadConfig } from '#gateway/config/load-config.ts';
import { findOpenSecrets } from '#gateway/config/open-secrets.ts';
import { findTlsIssues } from './check-files.ts';

let made: TestCertificates;
beforeAll(async () => {
  made = await TestCertificates.make();
});
afterAll(() => made[Symbol.asyncDispose]());

it('names files of listeners that cannot be used by their place, and a key that others may read', async () => {
  const { cert, key } = await made.issue('gateway');
  await chmod(key, 0o644);
  await chmod(made.folder, 0o755);
  const file = join(made.folder, 'waystation.yaml');
  const listeners = [
    `{ type: mqtts, cert: ${cert}, key: ${key}, clientCa: ca.pem }`,
    `{ type: wss, cert: missing.pem, key: ${key} }`,
    `{ type: wss, port: 1, cert: ${cert}, key: ca-key.pem }`,
    `{ type: mqtts, port: 2, cert: ${cert}, key: ${key}, clientCa: ca-key.pem }`,
  ];
  const lines = listeners.map((listener) => `    - ${listener}\n`).join('');
  await writeFile(file, `version: 1\ngateway: { id: t }\nbroker:\n  listeners:\n${lines}`);
  const config = await loadConfig(file);
  const { problems } = await configErrorOf(file, await findTlsIssues(config));
  expect(problems.map(({ line, path, message }) => `${line} ${path} ${message}`)).toEqual([
    expect.stringMatching(/^6 broker\.listeners\[1\]\.cert Reading .*missing\.pem: ENOENT/),
    expect.stringMatching(/^7 broker\.listeners\[2\]\.key the key in .*ca-key\.pem is not that of/),
    expect.stringMatching(/^8 broker\.listeners\[3\]\.clientCa .* holds no certificate in PEM/),
  ]);
  expect(await findOpenSecrets(config)).toEqual([expect.stringContaining(`may read ${key}; run chmod o-r`)]);
});
