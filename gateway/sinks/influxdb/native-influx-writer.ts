import { request as requestOverHttp } from 'node:http';
import { request as requestOverHttps } from 'node:https';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Point } from './compose-point.ts';
import { HttpExchange } from './http-exchange.ts';
import { type InfluxEndpoint, portOf } from './influx-endpoint.ts';
import type { InfluxWriter, WriteOutcome } from './influx-writer.ts';
import { lineOf } from './line-protocol.ts';
import { writeRequest } from './write-request.ts';

/** Of the time that a batch takes, compression is the larger part; the levels above save little more. */
export const GZIP_LEVEL = 1;
/** Smaller bodies fit a packet as they are. */
export const MIN_GZIP_BYTES = 1024;

const compress = promisify(gzip);

/** Speaks to every version of InfluxDB, in compressed bodies. */
export class NativeInfluxWriter implements InfluxWriter {
  readonly #endpoint: InfluxEndpoint;
  readonly #http: HttpExchange;
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(endpoint: InfluxEndpoint) {
    this.#endpoint = endpoint;
    this.#http = new HttpExchange(endpoint);
    const { path, query, authorization } = writeRequest(endpoint);
    this.#url = new URL(`${endpoint.url.replace(/\/$/, '')}${path}?${new URLSearchParams(query)}`);
    this.#headers = {
      'content-type': 'text/plain; charset=utf-8',
      ...(authorization === undefined ? {} : { authorization }),
    };
  }

  get serverTimeMs(): number | undefined {
    return this.#http.serverTimeMs;
  }

  async write(points: readonly Point[], signal: AbortSignal): Promise<WriteOutcome> {
    const text = Buffer.from(points.map(lineOf).join('\n'));
    const isSmall = text.length < MIN_GZIP_BYTES;
    const body = isSmall ? text : await compress(text, { level: GZIP_LEVEL });
    const request = this.#url.protocol === 'https:' ? requestOverHttps : requestOverHttp;
    const options = {
      method: 'POST',
      port: portOf(this.#endpoint),
      agent: this.#http.agent,
      timeout: this.#endpoint.requestTimeoutMs,
      signal,
      headers: {
        ...this.#headers,
        'content-length': body.length,
        ...(isSmall ? {} : { 'content-encoding': 'gzip' }),
      },
    };
    return this.#http.write(points, signal, () => request(this.#url, options).end(body));
  }

  [Symbol.dispose](): void {
    this.#http[Symbol.dispose]();
  }
}
