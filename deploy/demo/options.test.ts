import { describe, expect, it } from 'vitest';
import { parseDemoOptions } from './options.ts';

const parse = (...args: string[]) => parseDemoOptions(args, '/home/driver', '/checkout/var/demo');

describe('parseDemoOptions', () => {
  it('needs no options', () => {
    expect(parse()).toEqual({
      kind: 'run',
      options: {
        isFresh: false,
        dir: '/checkout/var/demo',
        brokerPort: 18_830,
        hubPort: 18_840,
        influxdbPort: 18_086,
        rulesPort: 18_880,
        consolePort: 18_881,
        speed: '1',
      },
    });
  });

  it('takes relative paths from where the user stands', () => {
    expect(
      parse('--gnss', 'a.log', '--can=/data/b.log', '--dbc', 'c.dbc', '--dir', 'd', '--scenario', 'e'),
    ).toMatchObject({
      options: {
        gnss: '/home/driver/a.log',
        can: '/data/b.log',
        dbc: '/home/driver/c.dbc',
        dir: '/home/driver/d',
        scenario: '/home/driver/e',
      },
    });
  });

  it('takes ports, speed and --fresh', () => {
    expect(
      parse(
        '--fresh',
        '--broker-port',
        '1',
        '--hub-port',
        '65535',
        '--rules-port',
        '2',
        '--gnss',
        'a',
        '--speed',
        'max',
      ),
    ).toMatchObject({
      options: { isFresh: true, brokerPort: 1, hubPort: 65_535, rulesPort: 2, speed: 'max' },
    });
  });

  it('prints the usage on request', () => {
    expect(parse('--help', '--fresh')).toEqual({ kind: 'help' });
  });

  it.each([
    [
      'a misspelt option, and names the one that was meant',
      ['--fres'],
      /Unknown option --fres; did you mean --fresh\?$/,
    ],
    ['letters changed places', ['--frehs'], /did you mean --fresh\?$/],
    ['a misspelt option with its value', ['--dirr=x'], /Unknown option --dirr; did you mean --dir\?$/],
    ['an option like none of its own', ['--colour'], /Unknown option --colour$/],
    ['a DBC without frames to decode', ['--dbc', 'a.dbc', '--gnss', 'b.log'], /name one with --can FILE/],
    ['a speed without a recording', ['--speed', '10'], /name one with --gnss FILE or --can FILE/],
    ['an operand', ['now'], /now/],
    ['a missing value', ['--gnss'], /--gnss/],
    ['port 0', ['--broker-port', '0'], /--broker-port must be a port/],
    ['a port above 65535', ['--hub-port', '65536'], /--hub-port must be a port/],
    ['a port that is no number', ['--hub-port', '1e3'], /not '1e3'/],
    ['a speed it cannot play', ['--can', 'a.log', '--speed', '2'], /--speed must be 1, 10, max/],
    ['one port for both', ['--broker-port', '18840'], /must differ/],
    ['the port of another part for InfluxDB', ['--influxdb-port', '18830'], /must differ/],
    ['the port of the hub for the rules', ['--rules-port', '18840'], /must differ/],
  ])('refuses %s', (_, args, problem) => {
    expect(parse(...args)).toMatchObject({ kind: 'usage', problem: expect.stringMatching(problem) });
  });
});
