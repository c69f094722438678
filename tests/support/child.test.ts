import { expect, it } from 'vitest';
import { Child, runToEnd } from './child.ts';

const node = (script: string) => new Child(process.execPath, ['-e', script]);

it('keeps what a process prints, and how it ended', async () => {
  const script = 'console.log("out"); console.error("err"); process.exitCode = 3';
  expect(await runToEnd(process.execPath, ['-e', script])).toEqual({
    code: 3,
    signal: null,
    stdout: 'out\n',
    stderr: 'err\n',
  });
});

it('waits for a line, and fails as soon as it cannot come any more', async () => {
  await using echo = node('process.stdin.pipe(process.stdout)');
  echo.send('{"count":1}');
  await echo.waitForLine(/count/);
  expect(echo.messages).toEqual([{ count: 1 }]);
  await using short = node('');
  await expect(short.waitForLine(/never/)).rejects.toThrow('ended');
});

it('kills a process that does not end by itself', async () => {
  await using stubborn = node('process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log("ready")');
  await stubborn.waitForLine(/ready/);
  expect(await stubborn.kill()).toEqual({ code: null, signal: 'SIGKILL' });
});
