import { expect, it } from 'vitest';
import { openTestBroker } from '#gateway/broker/testing/open-test-broker.ts';
import { publishPacket, RawClient } from '#gateway/broker/testing/raw-client.ts';

const COUNT = 50;

it.each([1, 2] as const)(
  'gives a subscriber all that is retained, though its queue takes less, with QoS %i',
  async (qos) => {
    await using test = await openTestBroker({ limits: { maxQueuedMessages: 10 } });
    using publisher = await RawClient.connect(test.port);
    publisher.send(
      ...Array.from({ length: COUNT }, (_, index) => publishPacket(`r/${index}`, 'old', qos, index + 1, true)),
    );
    const answer = qos === 1 ? 'puback' : 'pubrec';
    await publisher.until(() => publisher.count(answer) === COUNT);
    using subscriber = await RawClient.connect(test.port);
    await subscriber.subscribe({ topic: 'r/#', qos });
    // While the rest waits: what is sent later is the newest.
    publisher.send(publishPacket(`r/${COUNT - 1}`, 'new', 0, undefined, true));
    await publisher.ping();
    const topics = new Set<string>();
    let last = '';
    while (topics.size < COUNT) {
      await subscriber.until(() => subscriber.received.length > 0);
      for (const packet of subscriber.received.splice(0)) {
        if (packet.cmd === 'pubrel') subscriber.send({ cmd: 'pubcomp', messageId: packet.messageId ?? 0 });
        if (packet.cmd !== 'publish') continue;
        topics.add(packet.topic);
        if (packet.topic === `r/${COUNT - 1}`) last = packet.payload.toString();
        if (packet.qos > 0)
          subscriber.send({ cmd: packet.qos === 1 ? 'puback' : 'pubrec', messageId: packet.messageId ?? 0 });
      }
    }
    expect([last, test.broker.status().refusals]).toEqual(['new', {}]);
  },
);
