import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { GuardedAnswer } from './guarded-answer.ts';

/** A tab has two connections at most: its live stream, and one for the rest. */
export const MAX_CONNECTIONS = 64;
/** A connection is closed after so many answers; whoever has more to ask opens another. */
export const MAX_REQUESTS_PER_CONNECTION = 100;
/** Requests that may wait for their answers on one connection; browsers send the next one after the answer. */
export const MAX_UNANSWERED_REQUESTS = 4;
/** For a request to arrive as a whole, and for a connection to stand still while it is answered. */
const REQUEST_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_TIMEOUT_MS = 5000;
/** How often Node looks for requests that are late. */
const CHECK_INTERVAL_MS = 1000;

/**
 * An HTTP server that costs the gateway little, whatever its clients send. All run on one event loop, and Node parses every request
 * that a client sent ahead before anything else has its turn: a connection that does so is closed, and its requests are dropped unread.
 */
export function createGuardedServer(handler: RequestListener, requestTimeoutMs = REQUEST_TIMEOUT_MS): Server {
  const connections = new WeakMap<Socket, { requestCount: number; answeredCount: number }>();
  const guard = (request: IncomingMessage, response: ServerResponse, answer: RequestListener) => {
    const { socket } = request;
    // What was parsed before the connection was closed still arrives here.
    if (socket.destroyed) return;
    const counts = connections.get(socket) ?? { requestCount: 0, answeredCount: 0 };
    connections.set(socket, counts);
    counts.requestCount++;
    const unansweredCount = counts.requestCount - counts.answeredCount;
    if (unansweredCount > MAX_UNANSWERED_REQUESTS || counts.requestCount > MAX_REQUESTS_PER_CONNECTION) {
      socket.destroy();
      return;
    }
    response.once('close', () => counts.answeredCount++);
    // Node's own `maxRequestsPerSocket` answers 503 for ever and leaves the connection open.
    if (counts.requestCount === MAX_REQUESTS_PER_CONNECTION) response.setHeader('connection', 'close');
    answer(request, response);
  };
  const server = createServer(
    {
      ServerResponse: GuardedAnswer,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
    },
    (request, response) => guard(request, response, handler),
  );
  // Node would answer these itself, uncounted.
  server.on('checkExpectation', (request, response) => guard(request, response, refuseExpectation));
  server.maxConnections = MAX_CONNECTIONS;
  server.timeout = requestTimeoutMs;
  return server;
}

function refuseExpectation(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(417).end();
}
