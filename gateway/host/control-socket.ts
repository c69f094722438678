import { chmod, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { type ErrorCode, WaystationError } from '#gateway/model/errors.ts';
import { BoundedLine } from './bounded-line.ts';
import { listenOn } from './listen-on.ts';
import { prepareSocketFolder, socketPath } from './socket-path.ts';

/** What the gateway can be asked for over its socket, by method name, with at most one argument. An answer becomes JSON; a `WaystationError` is told. */
export type ControlMethods = Readonly<Record<string, (argument: string) => unknown>>;

/** A question: `{"method":"retrySink","argument":"hub"}` and a line end. */
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
  const request = requestIn(text);
  if (request === undefined) return failure('badRequest', 'Expected a line such as {"method":"status"}.');
  const handler = Object.hasOwn(methods, request.method) ? methods[request.method] : undefined;
  if (handler === undefined) return failure('unknownMethod', `There is ${Object.keys(methods).join(', ')}.`);
  try {
    return { result: handler(request.argument) ?? null };
  } catch (error) {
    if (error instanceof WaystationError) return failure(error.code, error.message);
    throw error;
  }
}

function requestIn(text: string): { readonly method: string; readonly argument: string } | undefined {
  try {
    const request: unknown = JSON.parse(text);
    if (typeof request !== 'object' || request === null || !('method' in request)) return undefined;
    const { method } = request;
    const argument = 'argument' in request ? request.argument : '';
    return typeof method === 'string' && typeof argument === 'string' ? { method, argument } : undefined;
  } catch {
    return undefined;
  }
}

function failure(code: ErrorCode | 'badRequest' | 'unknownMethod' | 'tooLong', message: string): object {
  return { error: { code, message } };
}
