import { expect, it } from 'vitest';
import { isGateway } from './port-holders.ts';

it.each([
  [['node', '--no-warnings', '/opt/waystation/gateway/main.ts', 'run', '-c', 'site.yaml'], true],
  [['node', 'gateway/main.ts', 'run'], true],
  [['/usr/bin/waystation', 'run'], true],
  [['node', 'gateway/main.ts', 'devices', 'probe', 'run'], false],
  [['vim', 'gateway/main.ts'], false],
  [['/usr/sbin/gpsd', '-n', '/dev/ttyUSB0'], false],
  [[], false],
])('knows a gateway by its command line: %j', (args, expected) => {
  expect(isGateway(args.map((arg) => `${arg}\0`).join(''))).toBe(expected);
});
