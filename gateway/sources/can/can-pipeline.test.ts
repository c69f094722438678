import { beforeEach, describe, expect, it } from 'vitest';
import type { CanFrame } from '#devices/can/can-frame.ts';
import { decoderOf } from '#devices/can/reduction/testing/report-log.ts';
import { FakeClock } from '#gateway/runtime/fake-clock.ts';
import { FakeTimekeeper } from '#gateway/sources/fake-timekeeper.ts';
import { type CanDevice, type CanPipelineOptions, openCanPipeline } from './can-pipeline.ts';

const BUS = decoderOf(`BO_ 256 Engine: 8 ECU
 SG_ Speed : 0|16@1+ (0.125,0) [0|8000] "rpm" X
 SG_ Heat : 16|8@1- (0.1,0) [0|0] "°C" X
 SG_ Mode : 24|8@1+ (1,0) [0|3] "" X
BO_ 257 Quoted: 4 ECU
 SG_ Ratio : 0|32@1- (1,0) [0|0] "1/\\"" X
VAL_ 256 Mode 2 "Eco \\"plus\\"" ;
SIG_VALTYPE_ 257 Ratio : 1;`);

let clock: FakeClock;
let events: [name: string, payload: unknown][];
beforeEach(() => {
  clock = new FakeClock(Date.UTC(2026, 10, 20, 15, 4, 5, 213));
  events = [];
});

function open(device: Partial<CanDevice> = {}, options: Partial<CanPipelineOptions> = {}) {
  const timekeeper = new FakeTimekeeper(clock);
  return openCanPipeline({
    device: { id: 'can0', ...device },
    databases: [BUS],
    send: (name, payload) => events.push([name, JSON.parse(Buffer.from(payload).toString())]),
    stamp: () => timekeeper.stamp(),
    clock,
    ...options,
  });
}

function frame(id: number, ...bytes: number[]): CanFrame {
  return { id, isExtended: false, isRemote: false, data: Uint8Array.from(bytes) };
}

const ENGINE = frame(256, 0x40, 0x1f, 0xf6, 2, 0, 0, 0, 0);

describe('openCanPipeline', () => {
  it('publishes each change, and counts what says the same', () => {
    const pipeline = open();
    for (let index = 0; index < 100; index++) pipeline.take(ENGINE);
    pipeline.take(frame(0x7ff, 1));
    pipeline.take({ ...ENGINE, isRemote: true });
    expect(events).toEqual([
      [
        'Engine',
        {
          ...{ type: 'can.message', version: 1, time: '2026-11-20T15:04:05.213Z', clock: 'system' },
          data: {
            message: 'Engine',
            signals: {
              Speed: { value: 1000, unit: 'rpm' },
              Heat: { value: -1, unit: '°C' },
              Mode: { value: 2, label: 'Eco "plus"' },
            },
          },
        },
      ],
    ]);
    expect(pipeline.status()).toEqual({
      ...{ frameCount: 102, unknownFrameCount: 1, knownIdCount: 1, unknownIdCount: 1 },
      ...{ unchangedCount: 99, leftOutCount: 0, eventCount: 1, reductionRatio: 102 },
    });
    expect(pipeline.rejections()).toEqual({ 'unknown-id': 1, 'remote-frame': 1 });
  });

  it('gives an event that was held the time of its frame', async () => {
    const pipeline = open({ report: { default: { minIntervalMs: 1000 } } });
    pipeline.take(ENGINE);
    await clock.advance(100);
    pipeline.take(frame(256, 0, 0, 0, 2, 0, 0, 0, 0));
    await clock.advance(1400);
    pipeline.tick();
    expect(events.map(([, event]) => event)).toMatchObject([
      { time: '2026-11-20T15:04:05.213Z' },
      { time: '2026-11-20T15:04:05.313Z', data: { signals: { Speed: { value: 0 } } } },
    ]);
  });

  it('publishes what a window came to', async () => {
    const pipeline = open({
      report: { default: { windowMs: 1000, aggregates: ['last', 'min', 'max', 'mean', 'count'] } },
    });
    pipeline.take(frame(256, 8, 0, 0, 2, 0, 0, 0, 0));
    await clock.advance(500);
    pipeline.take(frame(256, 24, 0, 10, 2, 0, 0, 0, 0));
    await clock.advance(500);
    pipeline.tick();
    expect(events.map(([, event]) => event)).toMatchObject([
      { data: { signals: { Mode: { value: 2 } } } },
      {
        time: '2026-11-20T15:04:05.713Z',
        data: {
          message: 'Engine',
          window: { durationMs: 500, frames: 2 },
          signals: {
            Speed: { value: 3, min: 1, max: 3, mean: 2, count: 2, unit: 'rpm' },
            Heat: { value: 1, min: 0, max: 1, mean: 0.5, count: 2, unit: '°C' },
          },
        },
      },
    ]);
  });

  it('gives out what is held when the port is opened again, and counts rejections anew', () => {
    const pipeline = open({ report: { default: { minIntervalMs: 1000 } } });
    pipeline.begin();
    pipeline.take(ENGINE);
    pipeline.take(frame(256, 0, 0, 0, 2, 0, 0, 0, 0));
    pipeline.take(frame(0x7ff));
    pipeline.begin();
    expect(events).toHaveLength(2);
    expect(pipeline.rejections()).toEqual({ 'unknown-id': 0, 'remote-frame': 0 });
  });

  it('writes JSON whatever names, units and values are', () => {
    const pipeline = open();
    for (const bits of [0x7fc00000, 0x7f800000, 0xff800000, 0x80000000, 0x00000001, 0x7f7fffff])
      pipeline.take(frame(257, bits & 255, (bits >> 8) & 255, (bits >> 16) & 255, bits >>> 24));
    expect(events.map(([, event]) => event)).toMatchObject(Array.from({ length: 6 }, () => ({ type: 'can.message' })));
    expect(events[0]?.[1]).not.toHaveProperty('data.signals.Ratio.value');
  });

  it('dates frames of one moment alike, and later ones never earlier, though dates count whole milliseconds', () => {
    let monotonicMs = 0;
    // Of a host whose date is read a little later than its monotonic time.
    const stamp = () => ({
      ...{ wallMs: Math.floor(1_795_883_013_000.4 + monotonicMs), monotonicMs },
      ...{ clockRun: '0123456789abcdef', quality: 'system' as const },
    });
    const pipeline = open({}, { stamp, clock: { monotonicMs: () => monotonicMs } });
    const heard = [10.6, 10.6, 10.6, 10.7, 11.2, 11.2, 11.9, 13];
    for (const [index, heardMs] of heard.entries()) {
      monotonicMs = heardMs + ((index * 0.37) % 1.1);
      pipeline.take(frame(256, index, 0, 0, 0, 0, 0, 0, 0), heardMs);
    }
    // `open` reads JSON: every event has its time.
    const times = events.map(([, event]) => Date.parse((event as { readonly time: string }).time));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(new Set(times.slice(0, 3)).size).toBe(1);
    expect(times.at(-1)).toBeGreaterThan(times[0] ?? 0);
  });

  it.each([
    ['a little back: none is dated earlier', -7, 0],
    ['by more than a second: the date counts', -5000, -5000],
  ])('takes the order of frames into account where the date is set, %s', (_, stepMs, expectedMs) => {
    let offsetMs = 1_795_883_013_000;
    const stamp = () => ({
      ...{ wallMs: offsetMs + 100, monotonicMs: 100 },
      ...{ clockRun: '0123456789abcdef', quality: 'system' as const },
    });
    const pipeline = open({}, { stamp, clock: { monotonicMs: () => 100 } });
    for (let index = 0; index < 3; index++) {
      if (index === 2) offsetMs += stepMs;
      pipeline.take(frame(256, index, 0, 0, 0, 0, 0, 0, 0), 100);
    }
    const times = events.map(([, event]) => Date.parse((event as { readonly time: string }).time));
    expect(times).toHaveLength(3);
    expect((times[2] ?? 0) - (times[1] ?? 0)).toBe(expectedMs);
  });
});
