import { expect, it } from 'vitest';
import { RawClient } from '#gateway/broker/testing/raw-client.ts';
import { findFreePort } from '#tests/support/free-ports.ts';
import { PUBLISHER, startReadyGateway, testConfig, writeConfig } from '#tests/support/gateway-process.ts';
import { openScratchFolder } from '#tests/support/scratch-folder.ts';

/** Longer than the state needs to write a change down that nobody waits for, on a machine that has too much to do. */
const SETTLE_MS = 500;

it('publishes the wills of who was connected when the gateway was killed, and none of who had said DISCONNECT [B6]', async () => {
  await using folder = await openScratchFolder();
  const port = await findFreePort();
  const config = testConfig({ brokerPort: port });
  const client = { username: PUBLISHER.username, passwordFile: 'secrets/publisher', publish: ['#'], subscribe: ['#'] };
  const listeners = [{ type: 'mqtt', host: '127.0.0.1', port }];
  const configFile = await writeConfig(folder.path, { ...config, broker: { listeners, clients: [client] } });
  const connect = (clientId: string, qos: 0 | 1 | 2, clean = true) => {
    const will = { topic: `sensors/${clientId}/status`, payload: Buffer.from(clientId), qos, retain: true };
    return RawClient.connect(port, { ...PUBLISHER, clientId, clean, will });
  };
  {
    await using gateway = await startReadyGateway(configFile, port);
    using _none = await connect('none', 0);
    using _once = await connect('once', 1, false);
    using _exactly = await connect('exactly', 2);
    using left = await connect('left', 1);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    left.send({ cmd: 'disconnect' });
    await left.until(() => left.isClosed);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    await gateway.kill();
  }
  await using _again = await startReadyGateway(configFile, port);
  using reader = await RawClient.connect(port, { ...PUBLISHER, clientId: 'reader' });
  await reader.subscribe({ topic: 'sensors/#', qos: 2 });
  await reader.until(() => reader.payloads.length >= 3);
  await reader.ping();
  expect(reader.payloads.toSorted()).toEqual(['exactly', 'none', 'once']);
});
