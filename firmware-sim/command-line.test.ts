import { describe, expect, it } from 'vitest';
import { parseCommandLine, UsageError } from './command-line.ts';

const VEHICLE = 'vehicle --dir d --broker mqtt://127.0.0.1:1883 --sensor-username u --sensor-password-file f'.split(
  ' ',
);

describe('parseCommandLine', () => {
  it('reads the vehicle', () => {
    const files = ['--gnss', 'a.log', '--can', 'b.log', '--scenario', 'c.json', '--speed', 'max'];
    const options = { dir: 'd', brokerUrl: 'mqtt://127.0.0.1:1883', sensorUsername: 'u', sensorPasswordFile: 'f' };
    expect(parseCommandLine(VEHICLE)).toEqual({ program: 'vehicle', options: { ...options, speed: 1 } });
    expect(parseCommandLine([...VEHICLE, ...files])).toEqual({
      program: 'vehicle',
      options: { ...options, gnssFile: 'a.log', canFile: 'b.log', scenarioFile: 'c.json', speed: 'max' },
    });
  });

  it('reads the hub', () => {
    expect(parseCommandLine('hub --dir d --port 0'.split(' '))).toEqual({
      program: 'hub',
      options: { dir: 'd', port: 0 },
    });
    expect(parseCommandLine('hub --dir d --port 1884 --username u --password-file f'.split(' '))).toEqual({
      program: 'hub',
      options: { dir: 'd', port: 1884, login: { username: 'u', passwordFile: 'f' } },
    });
  });

  it('reads a simulation', () => {
    expect(parseCommandLine(['sim'])).toEqual({
      program: 'sim',
      options: { seed: 1, isFast: false, isJson: false, takesSteps: false },
    });
    const files = ['--log', 'a.log', '--ledger', 'b.ndjson', '--seconds', '60', '--seed', '7', '--fast', '--json'];
    expect(parseCommandLine(['sim', 'tunnel', ...files])).toEqual({
      program: 'sim',
      options: {
        ...{ scenario: 'tunnel', logFile: 'a.log', ledgerFile: 'b.ndjson', seconds: 60, seed: 7 },
        ...{ isFast: true, isJson: true, takesSteps: false },
      },
    });
    const options = { scenario: 'x.json', dir: 'd' };
    expect(parseCommandLine(['sim', 'x.json', '--dir', 'd'])).toMatchObject({ options });
    expect(parseCommandLine(['sim', 'tunnel', '--steps'])).toMatchObject({ options: { takesSteps: true } });
  });

  it.each(['-h', '--help'])('explains a simulation to %s', (flag) => {
    const text = expect.stringContaining('npm run sim');
    expect(parseCommandLine(['sim', 'tunnel', flag])).toEqual({ program: 'help', text });
  });

  it.each([
    ['one scenario, not 2', ['sim', 'a', 'b']],
    ['--fast needs --log and --seconds', ['sim', 'a', '--fast', '--log', 'f']],
    ['--fast needs --log and --seconds', ['sim', 'a', '--fast', '--seconds', '1']],
    ['--fast makes no ports', ['sim', 'a', '--fast', '--seconds', '1', '--log', 'f', '--dir', 'd']],
    ['--fast does not wait', ['sim', 'a', '--fast', '--seconds', '1', '--log', 'f', '--steps']],
    ['--seconds soon', ['sim', 'a', '--seconds', 'soon']],
    ['--seconds -5: a whole number', ['sim', 'a', '--seconds', '-5']],
    ['--seed -1', ['sim', 'a', '--seed=-1']],
    ['--loud', ['sim', 'a', '--loud']],
    ['vehicle, hub or sim?', []],
    ['unknown program: moon', ['moon']],
    ['--dir is missing', ['hub', '--port', '1']],
    ['--broker is missing', ['vehicle', '--dir', 'd']],
    ['--port 65536', ['hub', '--dir', 'd', '--port', '65536']],
    ['--port x', ['hub', '--dir', 'd', '--port', 'x']],
    ['belong together', ['hub', '--dir', 'd', '--port', '1', '--username', 'u']],
    ['--speed 2', [...VEHICLE, '--speed', '2']],
    ['--loud', [...VEHICLE, '--loud']],
    ['--broker 1883', VEHICLE.with(4, '1883')],
    ['--broker http://h', VEHICLE.with(4, 'http://h')],
  ])('says %s', (problem, args) => {
    expect(() => parseCommandLine(args)).toThrow(UsageError);
    expect(() => parseCommandLine(args)).toThrow(problem);
  });
});
