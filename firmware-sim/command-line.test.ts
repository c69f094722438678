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

  it.each([
    ['vehicle or hub?', []],
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
