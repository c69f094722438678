import { chmod, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { BoundedLine } from './bounded-line.ts';
import { listenOn } from './listen-on.ts';
import { prepareSocketFolder, socketPath } from './socket-path.ts';

/** What the gateway can be asked for over its socket, by method name. An answer becomes JSON. */
export type ControlMethods = Readonly<Record<string, () => unknown>>;

/** A question: `{"method":"status"}` and a line end. */
const MAX_REQUEST_BYTES = 4096;
const MAX_CONNECTIONS = 16;
const IDLE_TIMEOUT_MS = 10_000;

/**
 * Answers the command line on a Unix socket in the `dataDir`, for the user of the gateway alone (mode 0600).
 * A line of JSON `{"method":"status"}` gets a line `{"result":…}` or `{"error":{"code":…,"message":…}}`.
 * The folder must be locked: what is left of an earlier socket is removed.
 */
export async function openControlSocket(dataDir: string, methods: ControlMethods): Promise<AsyncDisposable> {
  const path = socketPath(dataDir, CONTROL_SOCKET);
  await prepareSocketFolder(path, dataDir);
  await rm(path, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serve(socket, methods);
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listenOn(server, path);
  await chmod(path, 0o600);
  return {
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** The name of the socket in its `dataDir`. */
export const CONTROL_SOCKET = 'control.sock';

function serve(socket: Socket, methods: ControlMethods): void {
  const request = new BoundedLine(MAX_REQUEST_BYTES);
  socket.setTimeout(IDLE_TIMEOUT_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    const line = request.push(chunk);
    if (line === 'incomplete') return;
    socket.removeAllListeners('data');
    socket.end(
      `${JSON.stringify(line === 'tooLong' ? failure('tooLong', 'The request is too long.') : answer(line.text, methods))}\n`,
    );
  });
}

function answer(text: string, methods: ControlMethods): object {
  const method = methodOf(text);
  if (method === undefined) return failure('badRequest', 'Expected a line such as {"method":"status"}.');
  const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (handler === undefined) return failure('unknownMethod', `There is ${Object.keys(methods).join(', ')}.`);
  return { result: handler() };
}

function methodOf(text: string): string | undefined {
  try {
    const request: unknown = JSON.parse(text);
    const method: unknown =
      typeof request === 'object' && request !== null ? Reflect.get(request, 'method') : undefined;
    return typeof method === 'string' ? method : undefined;
  } catch {
    return undefined;
  }
}

function failure(code: 'badRequest' | 'unknownMethod' | 'tooLong', message: string): object {
  return { error: { code, message } };
}
