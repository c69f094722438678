import { describe, expect, it, vi } from 'vitest';
import { openTestBroker } from './testing/open-test-broker.ts';
import { publishPacket, RawClient } from './testing/raw-client.ts';

describe('acknowledgement [B1]', () => {
  it('sends no PUBACK and no message while the tap holds, and both after it answered', async () => {
    await using test = await openTestBroker();
    using subscriber = await RawClient.connect(test.port);
    await subscriber.subscribe({ topic: '#', qos: 1 });
    using publisher = await RawClient.connect(test.port);
    test.tap.isHolding = true;
    publisher.send(publishPacket('sensors/a', 'one', 1, 7));
    await vi.waitFor(() => expect(test.tap.held).toHaveLength(1));
    await Promise.all([publisher.ping(), subscriber.ping()]);
    expect([publisher.acknowledged, subscriber.payloads]).toEqual([[], []]);
    test.tap.release();
    await publisher.until(() => publisher.acknowledged.length > 0);
    await subscriber.until(() => subscriber.payloads.length > 0);
    expect([publisher.acknowledged, subscriber.payloads]).toEqual([[7], ['one']]);
  });
});
