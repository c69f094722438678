import { type IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { SECURITY_HEADERS } from './request-guard.ts';

/** An answer that carries the policy from the start, whoever writes it: a route, Fastify, or Node itself. */
export class GuardedAnswer<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  constructor(...args: ConstructorParameters<typeof ServerResponse<Request>>) {
    super(...args);
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) this.setHeader(name, value);
  }
}

const STATUS_BY_CODE = new Map([
  ['HPE_HEADER_OVERFLOW', 431],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 413],
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
]);
const BAD_REQUEST = 400;

/**
 * Answers bytes that never became a request, with the policy as well, and ends the connection. A socket that something was
 * written to gets no more: it may be in the middle of a live stream.
 */
export function refuseClient(error: Error & { readonly code?: string }, socket: Socket): void {
  if (socket.writable && socket.bytesWritten === 0) {
    const status = STATUS_BY_CODE.get(error.code ?? '') ?? BAD_REQUEST;
    const headers = { ...SECURITY_HEADERS, connection: 'close', 'content-length': '0' };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n`);
  }
  socket.destroySoon();
}
