import { generate } from 'mqtt-packet';
import { expect, it, vi } from 'vitest';
import { systemClock } from '#gateway/runtime/clock.ts';
import { HeldRecorder } from './testing/held-recorder.ts';
import { openTestBroker } from './testing/open-test-broker.ts';
import { connectPacket, publishPacket, RawClient } from './testing/raw-client.ts';

it('takes what came before the end although it is read slower', async () => {
  await using test = await openTestBroker({ limits: { maxPublishesPerSecond: 200 }, clock: systemClock });
  using client = await RawClient.connect(test.port, {
    will: { topic: 'will', payload: Buffer.from('w'), qos: 0, retain: false },
  });
  const bytes = Array.from({ length: 250 }, (_, index) => generate(publishPacket('a', String(index))));
  client.socket.end(Buffer.concat([...bytes, generate({ cmd: 'disconnect' })]));
  await vi.waitFor(() => expect(test.broker.status().clientCount).toBe(0), 5000);
  expect(test.tap.payloads).toEqual(Array.from({ length: 250 }, (_, index) => String(index)));
  expect(test.broker.status().disconnects).toEqual({ byClient: 1 });
});

it('takes what came behind CONNECT although the peer has ended and the login waits for the disk', async () => {
  const disk = new HeldRecorder();
  await using test = await openTestBroker({ recorder: disk.recorder });
  disk.isHolding = true;
  using client = await RawClient.open(test.port);
  client.socket.end(
    Buffer.concat([
      generate(connectPacket({ clientId: 'tyre', clean: false })),
      generate(publishPacket('a', 'one', 0)),
      generate({ cmd: 'disconnect' }),
    ]),
  );
  await vi.waitFor(() => expect(disk.held.length).toBeGreaterThan(0));
  // The end of the peer has come by then.
  await new Promise((resolve) => setTimeout(resolve, 50));
  disk.release();
  await vi.waitFor(() => expect(test.broker.status().clientCount).toBe(0));
  expect(test.tap.payloads).toEqual(['one']);
  expect(test.broker.status().disconnects).toEqual({ byClient: 1 });
});

it.each([
  ['DISCONNECT', [{ cmd: 'disconnect' }], 'byClient'],
  ['nothing', [], 'peerClosed'],
  ['PINGREQ', [{ cmd: 'pingreq' }], 'peerClosed'],
] as const)('counts %s and the end of the peer in one chunk as what it is', async (_, packets, reason) => {
  await using test = await openTestBroker();
  using client = await RawClient.connect(test.port);
  client.socket.end(Buffer.concat(packets.map((packet) => generate(packet))));
  await vi.waitFor(() => expect(test.broker.status().clientCount).toBe(0));
  expect(test.broker.status().disconnects).toEqual({ [reason]: 1 });
});
