import { beforeEach, describe, expect, it } from 'vitest';
import type { Message } from '#gateway/model/message.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { CommandFeed } from './command-feed.ts';
import { deviceMethods } from './device-methods.ts';
import { DeviceTaps, MAX_TAP_BYTES, MAX_TAPS, TAP_IDLE_MS } from './device-taps.ts';
import { FakePublisher } from './fake-publisher.ts';

let clock: FakeClock;
let taps: DeviceTaps;
let next: FakePublisher;
const never = new AbortController().signal;
beforeEach(() => {
  clock = new FakeClock();
  taps = new DeviceTaps(clock);
  next = new FakePublisher();
});

function publish(topic: string, text: string): void {
  const payload = Buffer.from(text);
  const message: Message = { topic, payload, qos: 1, isRetained: false, isDuplicate: false, clientId: '@gps0' };
  taps.watch(next).publish(message, () => {});
}

async function begin(device = 'gps0', kind: 'events' | 'bytes' = 'events') {
  const reading = taps.read(device, kind, undefined, 0, never);
  await clock.advance(0);
  return (await reading).next;
}

const texts = (part: { readonly entries: readonly { readonly payload: Uint8Array }[] }) =>
  part.entries.map(({ payload }) => Buffer.from(payload).toString());

describe('DeviceTaps', () => {
  it('shows events of one device, its state among them, in order, and hands everything on', async () => {
    publish('devices/gps0/position', 'before');
    const after = await begin();
    publish('devices/gps0/position', 'one');
    publish('devices/can0/EEC1', 'another');
    publish('status/devices/gps0', 'two');
    publish('sensors/devices/gps0', 'none');
    const part = await taps.read('gps0', 'events', after, 0, never);
    expect([texts(part), part.missedCount]).toEqual([['one', 'two'], 0]);
    expect(next.messages).toHaveLength(5);
    expect(texts(await taps.read('gps0', 'events', after, 0, never))).toEqual(['one', 'two']);
  });

  it('waits for the next entry, and no longer than asked', async () => {
    const after = await begin('gps0', 'bytes');
    const waiting = taps.read('gps0', 'bytes', after, 5000, never);
    await clock.advance(1000);
    taps.noteBytes('gps0', Buffer.from('$GP'));
    expect(texts(await waiting)).toEqual(['$GP']);
    const inVain = taps.read('gps0', 'bytes', after + 1, 5000, never);
    await clock.advance(5000);
    expect(texts(await inVain)).toEqual([]);
    expect(clock.timerCount).toBe(0);
  });

  it('lets several look at once', async () => {
    const after = await begin();
    const waiting = [1, 2].map(() => taps.read('gps0', 'events', after, 5000, never));
    publish('devices/gps0/position', 'one');
    expect((await Promise.all(waiting)).map(texts)).toEqual([['one'], ['one']]);
    expect(clock.timerCount).toBe(0);
  });

  it('ends a wait with whoever waited', async () => {
    const after = await begin();
    const gone = new AbortController();
    const waiting = taps.read('gps0', 'events', after, 5000, gone.signal);
    gone.abort();
    expect(texts(await waiting)).toEqual([]);
    expect(clock.timerCount).toBe(0);
  });

  it('keeps a bounded number of bytes, and says what was missed [P3]', async () => {
    const after = await begin('can0', 'bytes');
    const chunk = new Uint8Array(1024);
    for (let count = 0; count < 1000; count++) taps.noteBytes('can0', chunk);
    const part = await taps.read('can0', 'bytes', after, 0, never);
    expect(part.entries.length * 1024).toBeLessThanOrEqual(MAX_TAP_BYTES);
    expect(part.entries.length).toBeGreaterThan(200);
    expect(part.missedCount).toBe(1000 - part.entries.length);
  });

  it('closes a tap that nobody reads, and begins anew for a reader who comes back', async () => {
    const after = await begin();
    publish('devices/gps0/position', 'one');
    await clock.advance(TAP_IDLE_MS + 1);
    publish('devices/gps0/position', 'two');
    const late = taps.read('gps0', 'events', after + 1, 1000, never);
    publish('devices/gps0/position', 'three');
    expect(await late).toMatchObject({ next: 1, missedCount: 0 });
    expect(texts(await late)).toEqual(['three']);
  });

  it('keeps a bounded number of taps [P3]', async () => {
    const after = await begin('gps0');
    for (let index = 0; index < MAX_TAPS; index++) await begin(`other${index}`);
    publish('devices/gps0/position', 'one');
    const part = taps.read('gps0', 'events', after, 0, never);
    await clock.advance(0);
    expect(texts(await part)).toEqual([]);
  });
});

describe('deviceMethods', () => {
  it.each([
    [{ device: 'gps1', kind: 'events' }, 'device.unknown'],
    [{ kind: 'events' }, 'device.unknown'],
    [undefined, 'device.unknown'],
    [{ device: 'gps0', kind: 'all' }, 'gateway.badRequest'],
    [{ device: 'gps0', kind: 'events', after: -1 }, 'gateway.badRequest'],
    [{ device: 'gps0', kind: 'events', after: '1' }, 'gateway.badRequest'],
    [{ device: 'gps0', kind: 'events', waitMs: Number.NaN }, 'gateway.badRequest'],
  ])('refuses %j with %s', async (params, code) => {
    const read = deviceMethods(taps, new CommandFeed(), ['gps0'])['devices.read'];
    await expect(read(params, never)).rejects.toMatchObject({ code });
  });

  it('answers in base64, as bytes need not be text', async () => {
    const read = deviceMethods(taps, new CommandFeed(), ['gps0'])['devices.read'];
    const first = read({ device: 'gps0', kind: 'bytes' }, never);
    await clock.advance(0);
    const { next: after } = await first;
    taps.noteBytes('gps0', Uint8Array.of(0xb5, 0x62));
    expect(await read({ device: 'gps0', kind: 'bytes', after }, never)).toEqual({
      entries: [{ payloadBase64: 'tWI=' }],
      next: 1,
      missedCount: 0,
    });
  });
});
