import { describe, expect, it } from 'vitest';
import { DEFAULT_GNSS_QUALITY } from '#gateway/model/gnss-quality.ts';
import { formatProblem } from './config-problem.ts';
import { parseConfig } from './parse-config.ts';

function parse(devices: string) {
  return parseConfig(Buffer.from(`version: 1\ngateway: { id: g }\ndevices:\n${devices}`), '/etc/waystation.yaml');
}

function problemsOf(devices: string): readonly string[] {
  const parsed = parse(devices);
  return parsed.isValid ? [] : parsed.problems.map((problem) => formatProblem('f', problem));
}

describe('a receiver', () => {
  it('has the limits of the model unless configured', () => {
    const parsed = parse('  - { id: a, type: gnss, path: /dev/a, quality: { maxHdop: 2 } }');
    expect(parsed).toMatchObject({
      isValid: true,
      config: {
        devices: [
          {
            quality: { ...DEFAULT_GNSS_QUALITY, maxHdop: 2 },
            ...{ weekRollover: 'refuse', skyIntervalMs: 10_000 },
          },
        ],
      },
    });
  });

  it('is told nothing unless configured', () => {
    const configured = 'configure: { rateHz: 5, messages: { NAV-PVT: 1, GSV: 0 } }';
    const parsed = parse(
      `  - { id: a, type: gnss, path: /dev/a }\n  - { id: b, type: gnss, path: /dev/b, ${configured} }`,
    );
    const devices = parsed.isValid ? parsed.config.devices : [];
    expect(devices[0]).not.toHaveProperty('configure');
    expect(devices[1]).toMatchObject({
      configure: { port: 'uart1', rateHz: 5, messages: { 'NAV-PVT': 1, GSV: 0 } },
    });
  });

  it.each([
    [
      'a limit that nothing reaches',
      'quality: { maxHdop: 0 }',
      'devices[0].quality.maxHdop must be at least 0, found 0',
    ],
    ['an unknown method', 'quality: { methods: [guessed] }', 'devices[0].quality.methods[0] expected autonomous'],
    ['no method at all', 'quality: { methods: [] }', 'devices[0].quality.methods needs at least 1'],
    ['a misspelt limit', 'quality: { maxHdob: 3 }', 'maxHdob unknown key; did you mean maxHdop?'],
    [
      'a message that is misspelt',
      'configure: { messages: { NAV-PTV: 1 } }',
      'NAV-PTV unknown key; did you mean NAV-PVT?',
    ],
    ['a rate below 0', 'configure: { messages: { GGA: -1 } }', 'configure.messages.GGA must be at least 0, found -1'],
    ['no position ever', 'configure: { rateHz: 0 }', 'configure.rateHz must be at least 0.1, found 0'],
    ['a port that no receiver has', 'configure: { port: com1 }', 'expected i2c, uart1, uart2, usb or spi'],
    ['a rollover that guesses', 'weekRollover: guess', 'devices[0].weekRollover expected refuse or correct'],
  ])('with %s is refused', (_, keys, expected) => {
    expect(problemsOf(`  - { id: a, type: gnss, path: /dev/a, ${keys} }`)).toEqual([expect.stringContaining(expected)]);
  });
});

describe('a selection', () => {
  const gps0 = '  - { id: gps0, type: gnss, path: /dev/a }\n';

  it('names receivers of the configuration, in any order', () => {
    expect(problemsOf(`  - { id: nav, type: gnssSelection, sources: [gps0] }\n${gps0}`)).toEqual([]);
  });

  it.each([
    ['what is not there', '[gps0, gps1]', 'f:5:53 devices[1].sources[1] names no device of type gnss; there is gps0'],
    ['itself', '[nav]', 'f:5:47 devices[1].sources[0] names no device of type gnss; there is gps0'],
    ['a receiver twice', '[gps0, gps0]', 'f:5:53 devices[1].sources[1] "gps0" is listed twice'],
    ['nothing', '[]', 'f:5:46 devices[1].sources needs at least 1'],
  ])('of %s is refused, with its place', (_, sources, expected) => {
    expect(problemsOf(`${gps0}  - { id: nav, type: gnssSelection, sources: ${sources} }`)).toEqual([expected]);
  });
});
