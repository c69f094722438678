import { createConnection } from 'node:net';
import { isErrorCode, WaystationError } from '#gateway/model/errors.ts';
import { BoundedLine } from './bounded-line.ts';
import { CONTROL_SOCKET } from './control-socket.ts';
import { socketPath } from './socket-path.ts';

const ANSWER_TIMEOUT_MS = 5000;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/**
 * Asks the gateway that runs on a `dataDir`; the other end of `openControlSocket`.
 *
 * @throws WaystationError what the method refuses with; `gateway.notRunning` when nobody listens; `gateway.silent` when there is
 * no answer, or none that can be understood
 */
export function askGateway(dataDir: string, method: string, argument = ''): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const path = socketPath(dataDir, CONTROL_SOCKET);
    let isConnected = false;
    const socket = createConnection(path, () => {
      isConnected = true;
      socket.write(`${JSON.stringify({ method, argument })}\n`);
    });
    const received = new BoundedLine(MAX_ANSWER_BYTES);
    const fail = (reason: string, cause?: unknown) => {
      socket.destroy();
      const code = isConnected ? 'gateway.silent' : 'gateway.notRunning';
      reject(new WaystationError(code, `Asking the gateway on ${path}: ${reason}`, { cause }));
    };
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => fail(`no answer within ${ANSWER_TIMEOUT_MS} ms`));
    socket.on('error', (error) => fail(error.message, error));
    socket.on('end', () => fail('it closed the connection without an answer'));
    socket.on('data', (chunk) => {
      const line = received.push(chunk);
      if (line === 'incomplete') return;
      if (line === 'tooLong') return fail('its answer is too long');
      const answered = answerIn(line.text);
      if (answered === undefined) return fail(`it answered ${line.text.slice(0, 200)}`);
      socket.destroy();
      if ('error' in answered) reject(answered.error);
      else resolve(answered.result);
    });
  });
}

type Answer = { readonly result: unknown } | { readonly error: WaystationError };

function answerIn(text: string): Answer | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer !== 'object' || answer === null) return undefined;
    if ('result' in answer) return { result: answer.result };
    const error = 'error' in answer ? errorIn(answer.error) : undefined;
    return error === undefined ? undefined : { error };
  } catch {
    return undefined;
  }
}

/** An error with a code of this version. */
function errorIn(error: unknown): WaystationError | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error) || !('message' in error)) return undefined;
  const { code, message } = error;
  return typeof code === 'string' && isErrorCode(code) ? new WaystationError(code, String(message)) : undefined;
}
