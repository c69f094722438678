import { expect, it } from 'vitest';
import { WaystationError } from '#gateway/model/errors.ts';
import { heldByGateway } from './open-free-link.ts';

const PATH = '/dev/ttyUSB0';
const IN_USE = new WaystationError('port.inUse', 'Opening the serial port');

it('names the gateway that reads a port, and how to see what comes', () => {
  const holders = [
    { pid: 41, name: 'cat' },
    { pid: 42, name: 'node', isGateway: true },
  ] as const;
  expect(heldByGateway(IN_USE, PATH, holders)).toMatchObject({
    code: 'device.held',
    message: 'Opening the serial port /dev/ttyUSB0: the gateway reads it (process 42)',
    remedy: expect.stringContaining('`waystation devices tail ID`'),
  });
});

it('leaves other holders and other errors as they are', () => {
  const missing = new WaystationError('port.missing', 'Opening the serial port');
  expect(heldByGateway(IN_USE, PATH, [{ pid: 41, name: 'gpsd' }])).toBe(IN_USE);
  expect(heldByGateway(missing, PATH, [{ pid: 42, name: 'node', isGateway: true }])).toBe(missing);
});
