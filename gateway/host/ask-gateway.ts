import { createConnection } from 'node:net';
import { isErrorCode, WaystationError } from '#gateway/model/errors.ts';
import { BoundedLine } from './bounded-line.ts';
import { CONTROL_SOCKET } from './control-socket.ts';
import { socketPath } from './socket-path.ts';

const ANSWER_TIMEOUT_MS = 5000;
/** The longest record, as base64, and room for what goes with it. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** What goes with a question. */
export interface AskOptions {
  readonly params?: object;
  /** How long the method may take by itself: a wait that was asked for. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Asks the gateway that runs on a `dataDir`; the other end of `openControlSocket`.
 *
 * @throws WaystationError `gateway.notRunning` when nobody listens; `gateway.denied` when it is not for this user; `gateway.silent` when there is no answer, or none that is one;
 * `gateway.badRequest`, or whatever the method says, when it refuses
 */
export function askGateway(dataDir: string, method: string, options: AskOptions = {}): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const { params, waitMs = 0, signal } = options;
    const path = socketPath(dataDir, CONTROL_SOCKET);
    let isConnected = false;
    const socket = createConnection(signal === undefined ? { path } : { path, signal }, () => {
      isConnected = true;
      socket.write(`${JSON.stringify({ method, params })}\n`);
    });
    const answer = new BoundedLine(MAX_ANSWER_BYTES);
    const fail = (reason: string, cause?: unknown) => {
      socket.destroy();
      const code = isConnected ? 'gateway.silent' : isDenied(cause) ? 'gateway.denied' : 'gateway.notRunning';
      reject(new WaystationError(code, `Asking the gateway on ${path}: ${reason}`, { cause }));
    };
    const timeoutMs = ANSWER_TIMEOUT_MS + waitMs;
    socket.setTimeout(timeoutMs, () => fail(`no answer within ${timeoutMs} ms`));
    socket.on('error', (error) => (signal?.aborted === true ? reject(error) : fail(wordsOf(error), error)));
    socket.on('end', () => fail('it closed the connection without an answer'));
    socket.on('data', (chunk) => {
      const line = answer.push(chunk);
      if (line === 'incomplete') return;
      if (line === 'tooLong') return fail('its answer is too long');
      const parsed = parseAnswer(line.text);
      if (parsed === undefined) return fail(`it answered ${line.text.slice(0, 200)}`);
      socket.destroy();
      if (parsed instanceof WaystationError) reject(parsed);
      else resolve(parsed.result);
    });
  });
}

/** The path of the socket has been told. */
function wordsOf(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') return `nobody listens there (${error.code})`;
  return isDenied(error) ? `it is not for this user (${error.code})` : error.message;
}

function isDenied(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'EACCES' || cause.code === 'EPERM');
}

function parseAnswer(text: string): { readonly result: unknown } | WaystationError | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer !== 'object' || answer === null) return undefined;
    if ('result' in answer) return { result: answer.result };
    return 'error' in answer ? parseError(answer.error) : undefined;
  } catch {
    return undefined;
  }
}

function parseError(error: unknown): WaystationError | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error) || !('message' in error)) return undefined;
  const { code, message } = error;
  return isErrorCode(code) && typeof message === 'string' ? new WaystationError(code, message) : undefined;
}
