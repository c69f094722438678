import { describe, expect, it } from 'vitest';
import type { CanFrame } from '#devices/can/can-frame.ts';
import { compileDbc } from '#devices/can/dbc/compile-dbc.ts';
import { parseDbc } from '#devices/can/dbc/parse-dbc.ts';
import { CanBus } from './can-bus.ts';
import { composeLoadDbc, MODE_COUNT, MODE_PERIOD, openLoadBus } from './load-bus.ts';

function play(framesPerSecond: number, durationMs: number, messageCount = 100) {
  const frames: CanFrame[] = [];
  const bus = new CanBus({ bitrate: 1_000_000, onFrame: (frame) => frames.push(frame) });
  openLoadBus(bus, { framesPerSecond, messageCount }, 7);
  bus.advance(durationMs);
  return { bus, frames };
}

describe('the bus that is full', () => {
  it('carries 9,000 frames a second at 1 Mbit/s', () => {
    const { bus, frames } = play(9_000, 2_000);
    expect(Math.abs(frames.length - 18_000)).toBeLessThanOrEqual(1);
    expect(bus.bitCount).toBeLessThan(2_000_000);
    expect(bus.displacedCount).toBe(0);
  });

  it('comes with a DBC that gives eight signals to each of its messages', () => {
    const dbc = parseDbc(composeLoadDbc({ messageCount: 40 }));
    if (!dbc.isDecoded) throw new Error(dbc.reason);
    expect(dbc.value.warnings).toEqual([]);
    const decoder = compileDbc(dbc.value);
    const { frames } = play(1_000, 1_000, 40);
    for (const frame of frames) expect(Object.keys(decoder.decode(frame)?.signals ?? {})).toHaveLength(8);
  });

  it('moves the mode of each message on by one, and repeats payloads of every second one', () => {
    const { frames } = play(9_000, 10_000, 4);
    for (const id of [0x100, 0x101]) {
      const payloads = frames.filter((frame) => frame.id === id).map(({ data }) => data);
      const modes = payloads.map((data) => (data[2] ?? 0) & 7);
      expect(modes).toEqual(modes.map((_, count) => Math.floor(count / MODE_PERIOD) % MODE_COUNT));
      const repeats = payloads.filter((data, index) =>
        Buffer.from(data).equals(payloads[index - 1] ?? new Uint8Array()),
      );
      expect(repeats.length / payloads.length > 0.5).toBe(id === 0x101);
    }
  });
});
