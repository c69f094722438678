import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WaystationError } from '#gateway/model/errors.ts';
import { askGateway } from './ask-gateway.ts';
import { openControlSocket } from './control-socket.ts';
import { listenOn } from './listen-on.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waystation-control-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const methods = { status: () => ({ state: 'ok', text: 'é'.repeat(100_000) }) };

/** Sends raw bytes and gives back all that is answered. */
function send(...chunks: readonly string[]): Promise<string> {
  const socket = createConnection(join(folder, 'control.sock'));
  for (const chunk of chunks) socket.write(chunk);
  return text(socket);
}

describe('openControlSocket', () => {
  it('answers a question with a line of JSON', async () => {
    await using _ = await openControlSocket(folder, methods);
    await expect(askGateway(folder, 'status')).resolves.toEqual(methods.status());
  });

  it('is for the user of the gateway alone', async () => {
    await using _ = await openControlSocket(folder, methods);
    expect((await stat(join(folder, 'control.sock'))).mode & 0o777).toBe(0o600);
  });

  it('takes the place of what a crash left behind', async () => {
    await writeFile(join(folder, 'control.sock'), '');
    await using _ = await openControlSocket(folder, methods);
    await expect(askGateway(folder, 'status')).resolves.toMatchObject({ state: 'ok' });
  });

  it('reads a question that comes in pieces', async () => {
    await using _ = await openControlSocket(folder, { ping: () => 'pong' });
    expect(await send('{"meth', 'od":"pi', 'ng"}\nmore')).toBe('{"result":"pong"}\n');
  });

  it.each([
    ['Expected a line', 'no JSON\n'],
    ['Expected a line', 'null\n'],
    ['Expected a line', '{"method":7}\n'],
    ['No method reboot: there is status.', '{"method":"reboot"}\n'],
    ['No method toString', '{"method":"toString"}\n'],
    ['too long', 'x'.repeat(17_000)],
  ])('refuses with «%s»: %j', async (text, request) => {
    await using _ = await openControlSocket(folder, methods);
    const message = expect.stringContaining(text);
    expect(JSON.parse(await send(request))).toEqual({ error: { code: 'gateway.badRequest', message } });
  });

  it('hands a method its parameters, and its answer or its refusal to who asked', async () => {
    const half = (params: unknown) => {
      if (typeof params === 'number') return Promise.resolve(params / 2);
      throw new WaystationError('gateway.badRequest', `Half of ${JSON.stringify(params)}.`);
    };
    await using _ = await openControlSocket(folder, { half });
    expect(await send('{"method":"half","params":3}\n')).toBe('{"result":1.5}\n');
    const refused = askGateway(folder, 'half', { params: { of: 'it' } });
    await expect(refused).rejects.toMatchObject({ code: 'gateway.badRequest', message: 'Half of {"of":"it"}.' });
  });

  it('tells a method that waits when nobody wants its answer any more', async () => {
    const told = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const wait = (_params: unknown, signal: AbortSignal) => {
      asked.resolve();
      signal.addEventListener('abort', () => told.resolve());
      return told.promise;
    };
    await using _ = await openControlSocket(folder, { wait });
    const leaving = new AbortController();
    const answered = askGateway(folder, 'wait', { signal: leaving.signal });
    await asked.promise;
    leaving.abort();
    await expect(answered).rejects.toMatchObject({ name: 'AbortError' });
    await told.promise;
  });

  it('closes at once, whoever is connected, and may be closed twice', async () => {
    const control = await openControlSocket(folder, methods);
    const answered = send();
    await control[Symbol.asyncDispose]();
    await control[Symbol.asyncDispose]();
    await expect(answered.catch(() => '')).resolves.toBe('');
    await expect(askGateway(folder, 'status')).rejects.toMatchObject({ code: 'gateway.notRunning', exitCode: 69 });
  });
});

describe('askGateway', () => {
  it.each([
    ['closes without an answer', ''],
    ['answers with an error that is none', '{"error":{"code":"unknownMethod","message":"No."}}\n'],
    ['answers no JSON', 'hello\n'],
    ['answers without end', 'x'.repeat(5 * 1024 * 1024)],
  ])('gives up on a peer that %s', async (_what, answer) => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.end(answer);
    });
    await listenOn(server, join(folder, 'control.sock'));
    try {
      await expect(askGateway(folder, 'status')).rejects.toMatchObject({ code: 'gateway.silent' });
    } finally {
      server.close();
    }
  });

  it('says so when no gateway runs', async () => {
    await expect(askGateway(folder, 'status')).rejects.toMatchObject({
      message: /control\.sock: nobody listens there \(ENOENT\)$/,
    });
  });
});
