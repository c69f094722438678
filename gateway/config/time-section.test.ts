import { expect, it } from 'vitest';
import { parseConfig } from './parse-config.ts';

const HEAD = 'version: 1\ngateway: { id: truck-7 }\n';

function parse(text: string) {
  const parsed = parseConfig(Buffer.from(HEAD + text), '/etc/waystation/waystation.yaml');
  if (parsed.isValid) return parsed.config.time;
  return parsed.problems.map(({ line, column, path, message }) => `${line}:${column} ${path} ${message}`);
}

it('hands nothing over unless told to, and then to this machine only', () => {
  expect(parse('')).toEqual({});
  expect(parse('time: { chrony: {}, gpsd: {} }')).toEqual({
    chrony: { socket: '/run/chrony.waystation.sock' },
    gpsd: { host: '127.0.0.1', port: 2947, insecure: false },
  });
  expect(parse('time: { gpsd: { host: 0.0.0.0, insecure: true } }')).toMatchObject({ gpsd: { host: '0.0.0.0' } });
});

it.each([
  [
    'positions for everybody on the network',
    'time: { gpsd: { host: 0.0.0.0 } }',
    '3:23 time.gpsd.host clients of gpsd have no sign-in, and are told where the vehicle is; listen on 127.0.0.1, or write insecure: true',
  ],
  [
    'the port of the console',
    'time: { gpsd: { port: 8080 } }',
    '3:23 time.gpsd.port port 8080 is that of console too; choose another',
  ],
])('refuses %s', (_what, text, expected) => {
  expect(parse(text)).toEqual([expected]);
});
