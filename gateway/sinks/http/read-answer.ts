import type { ClientRequest, IncomingMessage } from 'node:http';

/** The answer to a request, or that there was none. */
export type Answer =
  | HttpAnswer
  /** `isStale`: the server had closed the connection, which had lain idle, before it saw the request. */
  | { readonly status: undefined; readonly error: Error; readonly isStale: boolean };

/** Who answered what. */
export interface HttpAnswer {
  readonly status: number;
  /** As much as {@link MAX_ANSWER_CHARS}. */
  readonly text: string;
  /** The headers that tell the server from what stands in front of it. */
  readonly contentType?: string | undefined;
  readonly location?: string | undefined;
  readonly date?: string | undefined;
  readonly retryAfter?: string | undefined;
}

/** Longest answer that is read; whoever sends more is cut off. */
export const MAX_ANSWER_CHARS = 64 * 1024;

/**
 * Reads what comes of a request, whoever else listens to it. Bounded in bytes here; in time by the request's own deadlines, whose
 * `timeout` ends it. Never rejects.
 */
export function readAnswer(request: ClientRequest): Promise<Answer> {
  return new Promise((resolve) => {
    const fail = (error: Error) => {
      const isStale = request.reusedSocket && 'code' in error && error.code === 'ECONNRESET';
      resolve({ status: undefined, error, isStale });
    };
    request.on('response', (response) => readBody(request, response, resolve));
    request.on('timeout', () => request.destroy(new Error('it was silent for too long')));
    request.on('error', fail);
    request.on('close', () => fail(new Error('the connection ended before the answer did')));
  });
}

function readBody(request: ClientRequest, response: IncomingMessage, resolve: (answer: HttpAnswer) => void): void {
  const { statusCode: status = 0, headers } = response;
  const { 'content-type': contentType, location, date, 'retry-after': retryAfter } = headers;
  const answer = { status, contentType, location, date, retryAfter };
  let text = '';
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (text.length < MAX_ANSWER_CHARS) return;
    response.destroy();
    resolve({ ...answer, text: text.slice(0, MAX_ANSWER_CHARS) });
  });
  // Its end gives the connection back for the next request, unless there is more of this one that nobody wants any more.
  response.on('end', () => {
    if (!request.writableFinished) request.destroy();
    resolve({ ...answer, text });
  });
}
