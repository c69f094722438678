import { request as requestOverHttp } from 'node:http';
import { request as requestOverHttps } from 'node:https';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { HttpLine } from '#gateway/sinks/http/http-line.ts';
import type { Point } from './compose-point.ts';
import { type InfluxEndpoint, portOf } from './influx-endpoint.ts';
import type { InfluxWriter, WriteOutcome } from './influx-writer.ts';
import { lineOf } from './line-protocol.ts';
import { outcomeOf } from './write-outcome.ts';
import { writeRequest } from './write-request.ts';

/** A batch shrinks to an eighth; level 6 makes a tenth less of it, in more than twice the time. */
export const GZIP_LEVEL = 1;
/** Smaller bodies fit a packet as they are. */
export const MIN_GZIP_BYTES = 1024;

const compress = promisify(gzip);

/** Speaks to every version of InfluxDB, in compressed bodies. */
export class NativeInfluxWriter implements InfluxWriter {
  readonly #endpoint: InfluxEndpoint;
  readonly #line: HttpLine;
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(endpoint: InfluxEndpoint) {
    this.#endpoint = endpoint;
    this.#line = new HttpLine(endpoint.url, endpoint.link);
    const { path, query, authorization } = writeRequest(endpoint);
    this.#url = new URL(`${endpoint.url.replace(/\/$/, '')}${path}?${new URLSearchParams(query)}`);
    this.#headers = {
      'content-type': 'text/plain; charset=utf-8',
      ...(authorization === undefined ? {} : { authorization }),
    };
  }

  get serverTimeMs(): number | undefined {
    return this.#line.serverTimeMs;
  }

  async write(points: readonly Point[], signal: AbortSignal): Promise<WriteOutcome> {
    const text = Buffer.from(points.map(lineOf).join('\n'));
    const isSmall = text.length < MIN_GZIP_BYTES;
    const body = isSmall ? text : await compress(text, { level: GZIP_LEVEL });
    const request = this.#url.protocol === 'https:' ? requestOverHttps : requestOverHttp;
    const options = {
      method: 'POST',
      port: portOf(this.#endpoint),
      agent: this.#line.agent,
      timeout: this.#endpoint.requestTimeoutMs,
      signal,
      headers: {
        ...this.#headers,
        'content-length': body.length,
        ...(isSmall ? {} : { 'content-encoding': 'gzip' }),
      },
    };
    const answer = await this.#line.ask(signal, () => request(this.#url, options).end(body));
    return outcomeOf(this.#endpoint, points, answer);
  }

  [Symbol.dispose](): void {
    this.#line[Symbol.dispose]();
  }
}
