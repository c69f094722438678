import { request as requestOverHttp } from 'node:http';
import { request as requestOverHttps } from 'node:https';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { HttpLine } from '#gateway/sinks/http/http-line.ts';
import type { Answer } from '#gateway/sinks/http/read-answer.ts';
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

/** @see RFC 9110 15.5.16 */
const UNSUPPORTED_CODING = 415;

const compress = promisify(gzip);

/** Speaks to every version of InfluxDB, in compressed bodies unless the server, or what stands in front of it, takes none. */
export class NativeInfluxWriter implements InfluxWriter {
  readonly #endpoint: InfluxEndpoint;
  readonly #line: HttpLine;
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;
  #takesGzip = true;

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
    const isPacked = this.#takesGzip && text.length >= MIN_GZIP_BYTES;
    let answer = await this.#post(isPacked ? await compress(text, { level: GZIP_LEVEL }) : text, isPacked, signal);
    if (isPacked && answer.status === UNSUPPORTED_CODING) {
      this.#takesGzip = false;
      answer = await this.#post(text, false, signal);
    }
    return outcomeOf(this.#endpoint, points, answer);
  }

  #post(body: Buffer, isPacked: boolean, signal: AbortSignal): Promise<Answer> {
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
        ...(isPacked ? { 'content-encoding': 'gzip' } : {}),
      },
    };
    return this.#line.ask(signal, () => request(this.#url, options).end(body));
  }

  [Symbol.dispose](): void {
    this.#line[Symbol.dispose]();
  }
}
