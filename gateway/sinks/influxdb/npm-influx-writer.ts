import type { ClientRequest, Agent as HttpAgent } from 'node:http';
import { InfluxDB } from 'influx';
import { HttpLine } from '#gateway/sinks/http/http-line.ts';
import type { Point } from './compose-point.ts';
import { type Influx1Endpoint, type InfluxLogin, portOf } from './influx-endpoint.ts';
import type { InfluxWriter, WriteOutcome } from './influx-writer.ts';
import { outcomeOf } from './write-outcome.ts';
import { PRECISIONS } from './write-request.ts';

/**
 * The client of the `influx` package. It makes the requests; what came of them is read beside it, because it takes any success for a
 * write, says nothing of a failed server but its name, reads answers without a bound, and shuts its only host out after a failure.
 */
export class NpmInfluxWriter implements InfluxWriter {
  readonly #endpoint: Influx1Endpoint;
  readonly #line: HttpLine;

  constructor(endpoint: Influx1Endpoint) {
    this.#endpoint = endpoint;
    this.#line = new HttpLine(endpoint.url, endpoint.link);
  }

  get serverTimeMs(): number | undefined {
    return this.#line.serverTimeMs;
  }

  async write(points: readonly Point[], signal: AbortSignal): Promise<WriteOutcome> {
    const answer = await this.#line.ask(signal, () => this.#request(points, signal));
    return outcomeOf(this.#endpoint, points, answer);
  }

  [Symbol.dispose](): void {
    this.#line[Symbol.dispose]();
  }

  /** Has the package make a request, and takes it where Node hands it to the agent. */
  #request(points: readonly Point[], signal: AbortSignal): ClientRequest {
    let made: ClientRequest | undefined;
    const agent = watchedAgent(this.#line.agent, (request) => {
      made = request;
    });
    const { retentionPolicy } = this.#endpoint;
    const options = { precision: PRECISIONS[1], ...(retentionPolicy === undefined ? {} : { retentionPolicy }) };
    const written = this.#client(agent, signal).writePoints(points.map(libraryPoint), options);
    // Whatever the package makes of the answer: it is read beside it.
    written.catch(() => {});
    if (made === undefined) throw new Error('the package made no request');
    return made;
  }

  /** One for each request: the package takes a signal with its host, not with a write, and a pool remembers failures. */
  #client(agent: HttpAgent, signal: AbortSignal): InfluxDB {
    const { url, database, credentials, requestTimeoutMs } = this.#endpoint;
    const { protocol, hostname, pathname } = new URL(url);
    return new InfluxDB({
      hosts: [
        {
          protocol: protocol === 'https:' ? 'https' : 'http',
          host: hostname,
          port: portOf(this.#endpoint),
          path: pathname.replace(/\/$/, ''),
          options: { agent, signal },
        },
      ],
      database,
      ...login(credentials),
      pool: { maxRetries: 0, requestTimeout: requestTimeoutMs },
    });
  }
}

/** The agent, with an ear for the requests that it is given. Node takes anything with this method for an agent; its types leave it out. */
function watchedAgent(agent: HttpAgent, hear: (request: ClientRequest) => void): HttpAgent {
  const { addRequest } = agent as unknown as { addRequest(request: ClientRequest, ...rest: unknown[]): void };
  return Object.create(agent, {
    addRequest: {
      value: (request: ClientRequest, ...rest: unknown[]) => {
        hear(request);
        addRequest.call(agent, request, ...rest);
      },
    },
  });
}

function login(credentials: InfluxLogin | undefined): { username: string; password: string } {
  if (credentials !== undefined) return { username: credentials.username, password: credentials.password.reveal() };
  // The package sends root:root unless the name is something other than text, which its types do not know.
  const none = null as unknown as string;
  return { username: none, password: none };
}

function libraryPoint({ measurement, tags, fields, timeUs }: Point) {
  // Text that the package meets in an object goes into the line as it is; in a string it would escape it once more, and wrongly.
  const raw = [...fields].map(([name, text]) => [name, { toString: () => text }] as const);
  return { measurement, tags: { ...tags }, fields: Object.fromEntries(raw), timestamp: timeUs };
}
