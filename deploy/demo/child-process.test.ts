import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { startChild } from './child-process.ts';

const CWD = fileURLToPath(new URL('.', import.meta.url));

/** Runs a script as a child to its end. */
function run(script: string, begin: (child: ReturnType<typeof startChild>) => void = () => {}) {
  return new Promise<{ how: string; lines: readonly string[]; lastLines: readonly string[] }>((resolve) => {
    const lines: string[] = [];
    const child = startChild({
      args: ['-e', script],
      cwd: CWD,
      onLine: (line) => lines.push(line),
      onEnd: (how, lastLines) => resolve({ how, lines, lastLines }),
    });
    begin(child);
  });
}

it('talks in lines, and ends a process by the end of its input', async () => {
  const { how, lines } = await run('process.stdin.pipe(process.stdout)', (child) => {
    child.send({ do: 'stop' });
    child.endInput();
  });
  expect({ how, lines }).toEqual({ how: 'exit code 0', lines: ['{"do":"stop"}'] });
});

it('keeps the last lines of both outputs for when something goes wrong', async () => {
  const script = 'for (let i = 1; i <= 20; i++) console.log("line " + i); throw new Error("no pty");';
  const { how, lastLines } = await run(script);
  expect(how).toBe('exit code 1');
  expect(lastLines).toHaveLength(12);
  expect(lastLines.join('\n')).toContain('no pty');
});

it('says which signal ended a process', async () => {
  const { how } = await run('setInterval(() => {}, 1000)', (child) => child.kill('SIGKILL'));
  expect(how).toBe('signal SIGKILL');
});

it('ends every process when the launcher is killed, though the process knows nothing of it', async () => {
  const server = createServer().listen({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  // A listening TCP server has an address of this type.
  const { port } = server.address() as AddressInfo;
  const child = `require('node:net').connect(${port}, '127.0.0.1')`;
  const launcher = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `const { startChild } = await import(${JSON.stringify(new URL('child-process.ts', import.meta.url).href)});
     startChild({ args: ['-e', ${JSON.stringify(child)}], cwd: '.', onLine() {}, onEnd() {} });`,
  ]);
  const [socket]: Socket[] = await once(server, 'connection');
  server.close();
  launcher.kill('SIGKILL');
  // The connection lives as long as the process.
  const closed = socket === undefined ? [] : await once(socket.on('error', () => {}).resume(), 'close');
  expect(closed).not.toEqual([]);
});
