import { chmod, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { WaystationError } from '#gateway/model/errors.ts';
import { BoundedLine } from './bounded-line.ts';
import { listenOn } from './listen-on.ts';
import { prepareSocketFolder, socketPath } from './socket-path.ts';

/**
 * What the gateway can be asked for over its socket, by method name. An answer becomes JSON.
 * Parameters come as they were sent: each method checks its own, and bounds its answer and its waiting; `signal` aborts when
 * nobody waits for the answer any more. A `WaystationError` is handed to who asked; anything else is a bug.
 */
export type ControlMethods = Readonly<Record<string, (params: unknown, signal: AbortSignal) => unknown>>;

/** A question: `{"method":"status"}` and a line end; the longest has all the topic filters of an account. */
const MAX_REQUEST_BYTES = 16 * 1024;
const MAX_CONNECTIONS = 16;
const IDLE_TIMEOUT_MS = 10_000;

/**
 * Answers the command line on a Unix socket in the `dataDir`, for the user of the gateway alone (mode 0600).
 * The protocol is in `docs/control-socket.md`. The folder must be locked: what is left of an earlier socket is removed.
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

/** One question, one answer. Who closes the connection before it is there does not want it any more. */
function serve(socket: Socket, methods: ControlMethods): void {
  const request = new BoundedLine(MAX_REQUEST_BYTES);
  const gone = new AbortController();
  socket.setTimeout(IDLE_TIMEOUT_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.once('close', () => gone.abort());
  socket.on('data', async (chunk) => {
    const line = request.push(chunk);
    if (line === 'incomplete') return;
    socket.removeAllListeners('data').resume();
    socket.setTimeout(0);
    const given = line === 'tooLong' ? badRequest('The request is too long.') : answer(line.text, methods, gone.signal);
    const text = JSON.stringify(await given);
    if (gone.signal.aborted) return;
    socket.setTimeout(IDLE_TIMEOUT_MS);
    socket.end(`${text}\n`);
  });
}

async function answer(text: string, methods: ControlMethods, signal: AbortSignal): Promise<object> {
  const request = parseRequest(text);
  if (request === undefined) return badRequest('Expected a line such as {"method":"status"}.');
  const method = Object.hasOwn(methods, request.method) ? methods[request.method] : undefined;
  if (method === undefined)
    return badRequest(`No method ${request.method}: there is ${Object.keys(methods).join(', ')}.`);
  try {
    return { result: (await method(request.params, signal)) ?? null };
  } catch (error) {
    if (!(error instanceof WaystationError)) throw error;
    return failure(error);
  }
}

function parseRequest(text: string): { readonly method: string; readonly params: unknown } | undefined {
  try {
    const request: unknown = JSON.parse(text);
    if (typeof request !== 'object' || request === null || !('method' in request)) return undefined;
    const { method } = request;
    return typeof method === 'string'
      ? { method, params: 'params' in request ? request.params : undefined }
      : undefined;
  } catch {
    return undefined;
  }
}

function badRequest(message: string): object {
  return failure(new WaystationError('gateway.badRequest', message));
}

function failure({ code, message }: WaystationError): object {
  return { error: { code, message } };
}
