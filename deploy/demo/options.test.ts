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
    expect(parse('--fresh', '--broker-port', '1', '--hub-port', '65535', '--speed', 'max')).toMatchObject({
      options: { isFresh: true, brokerPort: 1, hubPort: 65_535, speed: 'max' },
    });
  });

  it('prints the usage on request', () => {
    expect(parse('--help', '--fresh')).toEqual({ kind: 'help' });
  });

  it.each([
    ['an unknown option', ['--frehs'], /--frehs/],
    ['an operand', ['now'], /now/],
    ['a missing value', ['--gnss'], /--gnss/],
    ['port 0', ['--broker-port', '0'], /--broker-port must be a port/],
    ['a port above 65535', ['--hub-port', '65536'], /--hub-port must be a port/],
    ['a port that is no number', ['--hub-port', '1e3'], /not '1e3'/],
    ['a speed it cannot play', ['--speed', '2'], /--speed must be 1, 10, max/],
    ['one port for both', ['--broker-port', '18840'], /must differ/],
  ])('refuses %s', (_, args, problem) => {
    expect(parse(...args)).toMatchObject({ kind: 'usage', problem: expect.stringMatching(problem) });
  });
});
