import { expect, it } from 'vitest';
import type { Message } from '#gateway/model/message.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { MAX_TRACK_FIXES } from './extend-track.ts';
import { PositionTrack } from './position-track.ts';

function message(topic: string, payload: string): Message {
  return { topic, payload: Buffer.from(payload), qos: 1, isRetained: false, isDuplicate: false, clientId: '@test' };
}

const position = (latitude: number, longitude: number, device = 'gps0') =>
  message(
    `devices/${device}/position`,
    JSON.stringify({ type: 'gnss.position', data: { latitude, longitude, speedKmh: 50 } }),
  );

it('hands every message on, and remembers the positions', () => {
  const track = new PositionTrack(new FakeClock());
  const passed: string[] = [];
  const publisher = track.watch({ publish: ({ topic }) => passed.push(topic) });
  publisher.publish(position(48.1, 11.5), () => {});
  publisher.publish(message('devices/can0/EEC1', '{}'), () => {});
  expect(passed).toEqual(['devices/gps0/position', 'devices/can0/EEC1']);
  expect(track.fixes).toMatchObject([{ device: 'gps0', latitudeDeg: 48.1, longitudeDeg: 11.5, speedKmh: 50 }]);
});

it.each([
  ['no JSON', '{'],
  ['no event', '7'],
  ['no data', '{"data":null}'],
  ['a void fix', '{"data":{"fix":"none"}}'],
  ['a fix that is not valid', '{"data":{"valid":false,"reasons":["jump"],"latitude":48,"longitude":11}}'],
  ['half a position', '{"data":{"latitude":48}}'],
  ['a place that is not on Earth', '{"data":{"latitude":48,"longitude":1e300}}'],
  ['a position in words', '{"data":{"latitude":"48","longitude":"11"}}'],
])('passes over %s', (_, payload) => {
  const track = new PositionTrack(new FakeClock());
  track.note(message('devices/gps0/position', payload));
  track.note(message('devices/a/b/position', payload));
  expect(track.fixes).toEqual([]);
});

it('keeps places apart from each other, the last one always, and not more than it may', () => {
  const track = new PositionTrack(new FakeClock());
  for (let step = 0; step < 100; step++) track.note(position(48.1 + step * 1e-6, 11.5));
  expect(track.fixes.length).toBeLessThan(5);
  expect(track.fixes.at(-1)?.latitudeDeg).toBeCloseTo(48.1 + 99e-6, 9);
  for (let step = 0; step < 2 * MAX_TRACK_FIXES; step++) track.note(position(50 + step * 0.001, 11.5));
  expect(track.fixes).toHaveLength(MAX_TRACK_FIXES);
});

it('follows one receiver, and another once the first has fallen silent', async () => {
  const clock = new FakeClock();
  const track = new PositionTrack(clock);
  track.note(position(48.1, 11.5));
  track.note(position(48.2, 11.6, 'gps1'));
  expect(track.fixes.map(({ device }) => device)).toEqual(['gps0']);
  await clock.advance(31_000);
  track.note(position(48.2, 11.6, 'gps1'));
  expect(track.fixes.map(({ device }) => device)).toEqual(['gps1']);
});

it('follows a selection between receivers before any of them', () => {
  const track = new PositionTrack(new FakeClock());
  const selected = (latitude: number) =>
    message('devices/nav/position', JSON.stringify({ data: { valid: true, latitude, longitude: 11, source: 'gps0' } }));
  track.note(position(48.1, 11.5));
  track.note(selected(48.1));
  track.note(position(48.2, 11.5));
  track.note(selected(48.3));
  expect(track.fixes.map(({ device, latitudeDeg }) => [device, latitudeDeg])).toEqual([
    ['nav', 48.1],
    ['nav', 48.3],
  ]);
});
