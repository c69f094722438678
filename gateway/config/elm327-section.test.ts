import { describe, expect, it } from 'vitest';
import { formatProblem } from './config-problem.ts';
import { parseConfig } from './parse-config.ts';

function parse(keys: string) {
  const device = `  - { id: obd0, type: elm327, path: /dev/obd${keys} }`;
  return parseConfig(Buffer.from(`version: 1\ngateway: { id: g }\ndevices:\n${device}`), '/etc/waystation.yaml');
}

describe('an adapter for on-board diagnostics', () => {
  it('asks for three parameters each second, and for slow ones each ten, unless configured', () => {
    const parsed = parse('');
    expect(parsed.isValid && parsed.config.devices).toEqual([
      {
        ...{ id: 'obd0', type: 'elm327', path: '/dev/obd', baud: 'auto', protocol: 'auto' },
        pids: [{ name: 'rpm' }, { name: 'speed' }, { name: 'coolantTemperature' }],
        ...{ intervalMs: 1000, slowIntervalMs: 10_000 },
      },
    ]);
  });

  it('takes names, and names with an interval of their own', () => {
    const parsed = parse(', pids: [maf, { name: fuelLevel, intervalMs: 60000 }], protocol: can11Bit500k, baud: 115200');
    expect(parsed.isValid && parsed.config.devices).toMatchObject([
      { pids: [{ name: 'maf' }, { name: 'fuelLevel', intervalMs: 60_000 }], protocol: 'can11Bit500k', baud: 115_200 },
    ]);
  });

  it.each([
    [
      'a name that is misspelt',
      'pids: [coolantTemprature]',
      'pids[0] no parameter of this name, found "coolantTemprature"; did you mean coolantTemperature?',
    ],
    [
      'a short name that is misspelt',
      'pids: [rpn]',
      'pids[0] no parameter of this name, found "rpn"; did you mean rpm?',
    ],
    [
      'two letters that changed places',
      'pids: [rmp]',
      'pids[0] no parameter of this name, found "rmp"; did you mean rpm?',
    ],
    [
      'a name that is like no other',
      'pids: [horsepower]',
      'pids[0] no parameter of this name, found "horsepower"; such as rpm or speed',
    ],
    ['a misspelt name with an interval', 'pids: [{ name: sped, intervalMs: 500 }]', 'did you mean speed?'],
    ['nothing to ask for', 'pids: []', 'pids needs at least 1'],
    ['an interval that no adapter keeps', 'intervalMs: 5', 'intervalMs must be at least 50, found 5'],
    ['a bus that there is not', 'protocol: can', 'protocol expected auto, '],
    ['a rate that is none', 'baud: fast', 'baud expected auto, or bits per second'],
  ])('with %s is refused', (_, keys, expected) => {
    const parsed = parse(`, ${keys}`);
    const problems = parsed.isValid ? [] : parsed.problems.map((problem) => formatProblem('f', problem));
    expect(problems).toEqual([expect.stringContaining(expected)]);
  });
});
