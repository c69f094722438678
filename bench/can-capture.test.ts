import { describe, expect, it } from 'vitest';
import { compileDbc } from '#devices/can/dbc/compile-dbc.ts';
import { parseDbc } from '#devices/can/dbc/parse-dbc.ts';
import { composeDbc, composeFrames, composeSlcan } from './can-capture.ts';

describe('composeDbc', () => {
  it.each(['intel', 'motorola'] as const)(
    'gives every frame eight signals, and every bit to one of them: %s',
    (load) => {
      const dbc = parseDbc(composeDbc(load));
      const decoder = compileDbc(dbc.isDecoded ? dbc.value : { messages: [] });
      for (const frame of composeFrames(load, 20)) {
        const signals = Object.values(decoder.decode(frame)?.signals ?? {});
        expect(signals).toHaveLength(8);
        const ones = new Uint8Array(8).fill(0xff);
        const whole = Object.values(decoder.decode({ ...frame, data: ones })?.signals ?? {});
        expect(whole.map(({ raw }) => Number(raw))).toEqual([255, 4095, 15, -1, 3, 63, 255, -1]);
      }
    },
  );

  it('states that it is J1939', () => {
    const dbc = parseDbc(composeDbc('transfers'));
    expect(dbc.isDecoded && dbc.value.messages.map(({ frameFormat }) => frameFormat)).toEqual(['j1939']);
  });
});

it('makes as many frames as it is asked for, all of them different lines', () => {
  expect(composeFrames('transfers', 100)).toHaveLength(100);
  const lines = Buffer.from(composeSlcan(composeFrames('intel', 50)))
    .toString()
    .split('\r');
  expect(new Set(lines).size).toBe(51);
});
