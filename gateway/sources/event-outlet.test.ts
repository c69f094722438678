import { describe, expect, it } from 'vitest';
import { WaystationError } from '#gateway/model/errors.ts';
import { EventOutlet, MAX_UNANSWERED_PUBLISHES } from './event-outlet.ts';
import { FakePublisher } from './fake-publisher.ts';

function open() {
  const publisher = new FakePublisher();
  const holds: boolean[] = [];
  const outlet = new EventOutlet(publisher, 'gps0', (isHeld) => {
    if (holds.at(-1) !== isHeld) holds.push(isHeld);
  });
  const send = (count: number) => {
    for (let index = 0; index < count; index++) outlet.sendEvent('position', Buffer.from(`${index}`));
  };
  return { publisher, outlet, holds, send };
}

describe('EventOutlet', () => {
  it('publishes at QoS 1 in the name of the device', () => {
    const { publisher, send } = open();
    send(1);
    expect(publisher.messages).toEqual([
      {
        topic: 'devices/gps0/position',
        payload: Buffer.from('0'),
        qos: 1,
        isRetained: false,
        isDuplicate: false,
        clientId: '@gps0',
        payloadFormat: 'utf8',
        contentType: 'application/json',
      },
    ]);
  });

  it('publishes its state retained, at QoS 0, whatever waits', () => {
    const { publisher, outlet, send } = open();
    publisher.stall();
    send(MAX_UNANSWERED_PUBLISHES * 2);
    outlet.sendStatus(Buffer.from('{}'));
    expect(publisher.messages.at(-1)).toMatchObject({ topic: 'status/devices/gps0', qos: 0, isRetained: true });
  });

  it('never has more unanswered publishes than its bound, and holds the port meanwhile [P3]', () => {
    const { publisher, outlet, holds, send } = open();
    publisher.stall();
    send(MAX_UNANSWERED_PUBLISHES - 1);
    expect(holds).toEqual([false]);
    send(1000);
    expect(publisher.unansweredCount).toBe(MAX_UNANSWERED_PUBLISHES);
    expect(holds).toEqual([false, true]);
    while (publisher.unansweredCount > MAX_UNANSWERED_PUBLISHES / 2) {
      expect(holds).toEqual([false, true]);
      expect(publisher.unansweredCount).toBeLessThanOrEqual(MAX_UNANSWERED_PUBLISHES);
      publisher.answer(1);
    }
    expect(holds).toEqual([false, true, false]);
    expect(outlet.publishedCount).toBe(MAX_UNANSWERED_PUBLISHES - 1 + 1000);
  });

  it('keeps the order, whether answers come at once or late', () => {
    const { publisher, send } = open();
    publisher.stall();
    send(MAX_UNANSWERED_PUBLISHES * 3);
    publisher.answer(10);
    publisher.answer(1);
    publisher.answer();
    publisher.answer();
    const order = publisher.messages.map(({ payload }) => Number(Buffer.from(payload).toString()));
    expect(order).toEqual([...order.keys()]);
  });

  it('takes ten thousand events at once from a publisher that answers at once', () => {
    const { publisher, outlet, send } = open();
    send(10_000);
    expect(publisher.messages).toHaveLength(10_000);
    expect(outlet).toMatchObject({ publishedCount: 10_000, refusedCount: 0 });
  });

  it('counts what the broker refuses, and goes on', () => {
    const { publisher, outlet, send } = open();
    publisher.refuse(new WaystationError('journal.full', 'append: no space'));
    send(3);
    expect(outlet).toMatchObject({ publishedCount: 3, refusedCount: 3 });
  });

  it('is idle when every event is answered', async () => {
    const { publisher, outlet, send } = open();
    await outlet.idle();
    publisher.stall();
    send(MAX_UNANSWERED_PUBLISHES + 1);
    let isIdle = false;
    const idle = outlet.idle().then(() => {
      isIdle = true;
    });
    publisher.answer();
    await Promise.resolve();
    expect(isIdle).toBe(false);
    publisher.answer();
    await idle;
  });
});
