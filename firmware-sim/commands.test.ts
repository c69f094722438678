import { describe, expect, it } from 'vitest';
import { parseHubCommand, parseVehicleCommand } from './commands.ts';

describe('parseVehicleCommand', () => {
  it.each([
    ['{"do":"stop"}', { do: 'stop' }],
    ['{"do":"unplug","port":"gnss"}', { do: 'unplug', port: 'gnss' }],
    ['{"do":"silence","port":"can","durationMs":100}', { do: 'silence', port: 'can', durationMs: 100 }],
  ])('reads %s', (line, command) => {
    expect(parseVehicleCommand(line)).toEqual({ command });
  });

  it.each(['', 'stop', 'null', '[]', '"stop"', '{"do":"cut"}', '{"do":"unplug"}', '{"do":"unplug","port":"usb"}'])(
    'refuses %s with a reason',
    (line) => {
      expect(parseVehicleCommand(line)).toHaveProperty('problem', expect.stringMatching(/./));
    },
  );
});

describe('parseHubCommand', () => {
  it.each([
    ['{"do":"cut"}', { do: 'cut', mode: 'stall' }],
    ['{"do":"cut","mode":"refuse"}', { do: 'cut', mode: 'refuse' }],
    ['{"do":"restore"}', { do: 'restore' }],
    ['{"do":"audit"}', { do: 'audit' }],
  ])('reads %s', (line, command) => {
    expect(parseHubCommand(line)).toEqual({ command });
  });

  it.each(['', '{}', '{"do":"stop"}', '{"do":"cut","mode":"burn"}'])('refuses %s with a reason', (line) => {
    expect(parseHubCommand(line)).toHaveProperty('problem', expect.stringMatching(/./));
  });
});
