import { Agent as HttpAgent, IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { InfluxDB } from 'influx';
import { oneLine } from '#gateway/model/one-line.ts';
import type { Secret } from '#gateway/model/secret.ts';
import type { Point } from './compose-point.ts';
import type { InfluxWriter, WriteOutcome } from './influx-writer.ts';
import { outcomeOf, unavailable } from './write-outcome.ts';

/** Where and as whom to write. */
export interface InfluxServer {
  /** `http://HOST[:PORT][/PATH]` or `https://…`. */
  readonly url: string;
  readonly database: string;
  readonly credentials?: InfluxCredentials;
  /** A server that is silent for so long has not answered [D4]. */
  readonly requestTimeoutMs: number;
}

/** Basic authentication; InfluxDB 2 and 3 take a token as the password. */
export interface InfluxCredentials {
  readonly username: string;
  readonly password: Secret;
}

/** Spelled alike by the `/write` of 1.x, 2.x and 3.x; milliseconds leave no room to tell two events in one apart. */
const PRECISION = 'u';
const DEFAULT_PORTS = { 'http:': 8086, 'https:': 443 } as const;

/** The client of the `influx` package, without its retries and its habit of shutting its only host out. */
export class NpmInfluxWriter implements InfluxWriter, Disposable {
  readonly #server: InfluxServer;
  readonly #agent: HttpAgent;

  constructor(server: InfluxServer) {
    this.#server = server;
    // One connection: writes of one database keep their order, and a second one did not make them faster.
    const options = { keepAlive: true, maxSockets: 1 };
    this.#agent = server.url.startsWith('https:') ? new HttpsAgent(options) : new HttpAgent(options);
  }

  async write(points: readonly Point[], signal: AbortSignal): Promise<WriteOutcome> {
    const { url, database } = this.#server;
    const what = `InfluxDB at ${url}`;
    try {
      const client = this.#client(signal);
      refuseOtherSuccesses(client);
      await client.writePoints(points.map(libraryPoint), { precision: PRECISION });
      return { kind: 'accepted' };
    } catch (error) {
      const response = responseOf(error);
      const text = error instanceof Error ? error.message : String(error);
      if (response?.statusCode === undefined) return unavailable(`Writing to ${what}: ${text}.`, error);
      const { statusCode: status, headers } = response;
      const { location, 'content-type': contentType } = headers;
      return outcomeOf(what, database, { status, text: serverWords(text), contentType, location });
    }
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  /**
   * One for each request: the package takes a signal with its host, not with a write; and after a failure the pool of a client
   * would answer «No host available» for a while, without sending anything.
   */
  #client(signal: AbortSignal): InfluxDB {
    const { url, database, credentials, requestTimeoutMs } = this.#server;
    const { protocol, hostname, port, pathname } = new URL(url);
    const isSecure = protocol === 'https:';
    return new InfluxDB({
      hosts: [
        {
          protocol: isSecure ? 'https' : 'http',
          host: hostname,
          port: port === '' ? DEFAULT_PORTS[isSecure ? 'https:' : 'http:'] : Number(port),
          path: pathname.replace(/\/$/, ''),
          options: { agent: this.#agent, signal },
        },
      ],
      database,
      ...login(credentials),
      pool: { maxRetries: 0, requestTimeout: requestTimeoutMs },
    });
  }
}

function login(credentials: InfluxCredentials | undefined): { username: string; password: string } {
  if (credentials !== undefined) return { username: credentials.username, password: credentials.password.reveal() };
  // The package sends root:root unless the name is something other than text, which its types do not know.
  const none = null as unknown as string;
  return { username: none, password: none };
}

function libraryPoint({ measurement, tags, fields, timeUs }: Point) {
  // Text that the package meets in an object goes into the line as it is; in a string it would escape it once more, and wrongly.
  const raw = [...fields].map(([name, text]) => [name, { toString: () => text }] as const);
  const timestamp = timeUs === undefined ? {} : { timestamp: timeUs };
  return { measurement, tags: { ...tags }, fields: Object.fromEntries(raw), ...timestamp };
}

/**
 * Makes an error of every success but 204. The package takes any 2xx for a write and does not say which it was: the login page of
 * a network, answered with 200, would count as written.
 */
function refuseOtherSuccesses(client: InfluxDB): void {
  const pool = poolOf(client);
  const stream = pool.stream.bind(pool);
  pool.stream = (request, done) => {
    stream(request, (error, response) => {
      if (error || response === null || response.statusCode === WRITTEN) return done(error, response);
      // Its body is of no interest, and may never end.
      response.destroy();
      done(new OtherSuccess(response), null);
    });
  };
}

const WRITTEN = 204;

/** A success of something that is no InfluxDB. */
class OtherSuccess extends Error {
  readonly res: IncomingMessage;

  constructor(res: IncomingMessage) {
    super('');
    this.res = res;
  }
}

interface Pool {
  stream(request: unknown, done: (error: Error | null | undefined, response: IncomingMessage | null) => void): void;
}

function poolOf(client: InfluxDB): Pool {
  // Private in the package, which is pinned: nothing public shows a response. A test fails if this goes.
  return (client as unknown as { readonly _pool: Pool })._pool;
}

/** Below 500 the package keeps the response; above it only its status text, which starts no number. */
function responseOf(error: unknown): IncomingMessage | undefined {
  if (typeof error !== 'object' || error === null || !('res' in error)) return undefined;
  return error.res instanceof IncomingMessage ? error.res : undefined;
}

/** Of `A 400 Bad Request error occurred: {"error":"…"}` only what the server itself had to say. */
function serverWords(text: string): string {
  const body = /error occurred: (.*)$/s.exec(text)?.[1] ?? text;
  return oneLine(errorIn(body) ?? body).slice(0, MAX_WORD_CHARS);
}

/** InfluxDB 1.x and 3.x say `error`, 2.x says `message`. */
function errorIn(body: string): string | undefined {
  try {
    const answer: unknown = JSON.parse(body);
    if (typeof answer !== 'object' || answer === null) return undefined;
    const words: unknown = 'error' in answer ? answer.error : Reflect.get(answer, 'message');
    return typeof words === 'string' ? words : undefined;
  } catch {
    return undefined;
  }
}

const MAX_WORD_CHARS = 500;
