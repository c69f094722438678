import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { encodeUbxFrame } from '#devices/ubx/ubx-frame.ts';
import { encodeUbxMessage } from '#devices/ubx/ubx-message.ts';

const CHECKOUT = resolve(import.meta.dirname, '..', '..', '..');

/** A real process, as whoever uses the command starts it. */
async function run(input: Uint8Array, ...options: readonly string[]) {
  const args = ['--no-warnings', 'gateway/main.ts', 'decode', 'ubx', '-', ...options];
  const child = spawn(process.execPath, args, { cwd: CHECKOUT });
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { stdout, stderr, exitCode: child.exitCode };
}

it('prints a message a line: known ones by their fields, others by their numbers, and what is wrong with one', async () => {
  const input = Buffer.concat([
    Buffer.from('$GNTXT,noise*00\r\n'),
    encodeUbxMessage({ type: 'NAV-EOE', itowMs: 1000 }),
    Buffer.of(1, 2, 3),
    encodeUbxFrame({ messageClass: 0x10, messageId: 0x02, payload: new DataView(new ArrayBuffer(8)) }),
    encodeUbxFrame({ messageClass: 0x01, messageId: 0x07, payload: new DataView(new ArrayBuffer(5)) }),
  ]);
  expect(await run(input)).toEqual({
    stdout: [
      '{"type":"NAV-EOE","itowMs":1000}',
      '{"type":"10-02","payloadBytes":8}',
      '{"type":"01-07","payloadBytes":5,"rejected":"wrong-length"}',
      '',
    ].join('\n'),
    stderr: 'rejected: wrong-length 1, nmea-lines 1, discarded-bytes 3\n',
    exitCode: 0,
  });
});

it('says that nothing was found, and what reads lines', async () => {
  expect(await run(Buffer.from('$GNTXT*00\r\n'))).toMatchObject({
    stdout: '',
    stderr: 'rejected: nmea-lines 1\nno messages: only lines, as of NMEA 0183: `waystation decode gnss` reads those\n',
    exitCode: 0,
  });
});
