import { afterEach, beforeEach, expect, it } from 'vitest';
import { startHostileClients } from '#bench/adversaries.ts';
import { runHonestPair } from '#bench/honest-pair.ts';
import type { HostileDeeds } from '#bench/hostile-clients.ts';
import { TestCertificates } from '#gateway/broker/listeners/testing/test-certificates.ts';
import { findFreePort } from '#tests/support/free-ports.ts';
import { startReadyGateway, testConfig, untilStatus, writeConfig } from '#tests/support/gateway-process.ts';
import { readUsage } from '#tests/support/process-usage.ts';
import { openScratchFolder, type ScratchFolder } from '#tests/support/scratch-folder.ts';

const HONEST_MS = 6000;
/** The aim is 50 ms on a quiet machine (`npm run bench -- adversaries`); here it is enough that nobody stalls, the disk included. */
const LATENCY_LIMIT_MS = 3000;
/** Level at some 430 MiB after ten seconds. */
const MEMORY_LIMIT_BYTES = 640 * 2 ** 20;

let scratch: ScratchFolder;
beforeEach(async () => {
  scratch = await openScratchFolder();
});
afterEach(() => scratch[Symbol.asyncDispose]());

it('an honest client is served beside a frozen one, a flooder, slow handshakes, silent ones and a storm of logins [B4]', async () => {
  const [brokerPort, tlsPort] = [await findFreePort(), await findFreePort()];
  await using certificates = await TestCertificates.make();
  const encrypted = { type: 'mqtts', host: '127.0.0.1', port: tlsPort, ...(await certificates.issue('gateway')) };
  const listeners = [{ type: 'mqtt', host: '127.0.0.1', port: brokerPort }, encrypted];
  const limits = { maxClients: 1000, maxConnectionsPerAddress: 1000, drainTimeoutMs: 2000 };
  const anonymous = { publish: ['#'], subscribe: ['#'] };
  const broker = { listeners, anonymous, limits };
  const configFile = await writeConfig(scratch.path, { ...testConfig({ brokerPort }), broker, log: { level: 'warn' } });
  await using gateway = await startReadyGateway(configFile, brokerPort);
  await using hostile = await startHostileClients(brokerPort, tlsPort);
  let highestBytes = 0;
  const watching = setInterval(() => {
    highestBytes = Math.max(highestBytes, readUsage(gateway.pid).rssBytes);
  }, 100);
  const result = await runHonestPair({ port: brokerPort }, 'sensors/honest', HONEST_MS);
  const status = await untilStatus('the frozen one is closed', configFile, 15_000, ({ broker: { disconnects } }) => {
    return (disconnects['slowReader'] ?? 0) > 0;
  });
  clearInterval(watching);
  hostile.send('tell');
  await hostile.ended;
  const deeds = hostile.messages.at(-1) as unknown as HostileDeeds;
  console.log(
    `honest: p50 ${result.deliveryP50Ms.toFixed(1)} ms, p99 ${result.deliveryP99Ms.toFixed(1)} ms, worst ${result.worstMs.toFixed(0)} ms;`,
    `gateway: ${(highestBytes / 2 ** 20).toFixed(0)} MiB at most; ${JSON.stringify(deeds)}`,
  );
  expect(deeds.idleCount).toBe(500);
  expect(deeds.handshakeCount).toBeGreaterThanOrEqual(4);
  expect(deeds.floodedCount).toBeGreaterThan(10_000);
  expect(deeds.loginCount).toBeGreaterThanOrEqual(200);
  expect(status.broker.clientCount).toBeGreaterThanOrEqual(501);
  expect(result.deliveryP99Ms).toBeLessThan(LATENCY_LIMIT_MS);
  expect(highestBytes).toBeLessThan(MEMORY_LIMIT_BYTES);
});
