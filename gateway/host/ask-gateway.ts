import { createConnection } from 'node:net';
import { WaystationError } from '#gateway/model/errors.ts';
import { BoundedLine } from './bounded-line.ts';
import { CONTROL_SOCKET } from './control-socket.ts';
import { socketPath } from './socket-path.ts';

const ANSWER_TIMEOUT_MS = 5000;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/**
 * Asks the gateway that runs on a `dataDir`; the other end of `openControlSocket`.
 *
 * @throws WaystationError `gateway.notRunning` when nobody listens; `gateway.silent` when there is no answer, or none that is a result
 */
export function askGateway(dataDir: string, method: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const path = socketPath(dataDir, CONTROL_SOCKET);
    let isConnected = false;
    const socket = createConnection(path, () => {
      isConnected = true;
      socket.write(`${JSON.stringify({ method })}\n`);
    });
    const answer = new BoundedLine(MAX_ANSWER_BYTES);
    const fail = (reason: string, cause?: unknown) => {
      socket.destroy();
      const code = isConnected ? 'gateway.silent' : 'gateway.notRunning';
      reject(new WaystationError(code, `Asking the gateway on ${path}: ${reason}`, { cause }));
    };
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => fail(`no answer within ${ANSWER_TIMEOUT_MS} ms`));
    socket.on('error', (error) => fail(error.message, error));
    socket.on('end', () => fail('it closed the connection without an answer'));
    socket.on('data', (chunk) => {
      const line = answer.push(chunk);
      if (line === 'incomplete') return;
      if (line === 'tooLong') return fail('its answer is too long');
      const result = resultOf(line.text);
      if (result === undefined) return fail(`it answered ${line.text.slice(0, 200)}`);
      socket.destroy();
      resolve(result.value);
    });
  });
}

function resultOf(text: string): { readonly value: unknown } | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer !== 'object' || answer === null || !('result' in answer)) return undefined;
    return { value: answer.result };
  } catch {
    return undefined;
  }
}
