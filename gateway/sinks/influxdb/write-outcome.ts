import { WaystationError } from '#gateway/model/errors.ts';
import { oneLine } from '#gateway/model/one-line.ts';
import type { Answer, HttpAnswer } from '#gateway/sinks/http/read-answer.ts';
import { parseRetryAfter } from '#gateway/sinks/http/retry-after.ts';
import type { Point } from './compose-point.ts';
import type { InfluxEndpoint } from './influx-endpoint.ts';
import type { WriteOutcome } from './influx-writer.ts';
import { parseRejectedLines } from './rejected-lines.ts';

const PROXY_LOGIN = 407;
const MAX_HEADER_CHARS = 200;
const MAX_WORD_CHARS = 500;

/** The words of 1.x and 2.x for points that the retention policy would delete at once. */
const BEYOND_RETENTION = 'points beyond retention policy';
/** Those of a server that knows no such path. */
const NO_SUCH_PATH = /page not found|^not found$/i;

/**
 * What the answer of an InfluxDB to a write means, whatever its version. Only 204 says that points were written: any other success,
 * and a redirect, is the word of something that answered in its place, such as the login page of a network. Anything unknown is
 * retried or paused: nothing is given up for it.
 *
 * @param points as they were written
 */
export function outcomeOf(endpoint: InfluxEndpoint, points: readonly Point[], answer: Answer): WriteOutcome {
  const what = `InfluxDB at ${endpoint.url}`;
  if (answer.status === undefined) return unavailable(`Writing to ${what}: ${oneLine(answer.error.message)}.`, answer);
  const { status } = answer;
  // What a login page has to say is of no interest.
  const words = status < 300 ? '' : serverWords(answer.text);
  const said = `${what} answered ${status}${words === '' ? '' : `: ${words}`}`;
  switch (status) {
    case 204:
      return { kind: 'accepted' };
    case 400:
    case 413:
    case 422:
      return refusal(endpoint, points, answer, said);
    case 401:
    case 403:
      return { kind: 'pause', error: new WaystationError('influxdb.refused', said) };
    case 404:
      return { kind: 'pause', error: new WaystationError('influxdb.noDatabase', missing(endpoint, said, words)) };
    case 408:
    case 425:
    case 429:
      return unavailable(said, answer);
    case 500:
      return { kind: 'fault', reason: said };
    default:
      return status > 500 ? unavailable(said, answer) : intercepted(said, answer);
  }
}

function refusal(
  { version }: InfluxEndpoint,
  points: readonly Point[],
  { status, text }: HttpAnswer,
  said: string,
): WriteOutcome {
  if (text.includes(BEYOND_RETENTION)) return { kind: 'expired', reason: said };
  const rejected = version === 3 && status === 400 ? parseRejectedLines(text, points) : undefined;
  return rejected === undefined ? { kind: 'refused', reason: said } : { kind: 'partial', rejected };
}

/** No answer, or one that asks for another attempt. */
function unavailable(message: string, answer: Answer): WriteOutcome {
  const cause = answer.status === undefined ? { cause: answer.error } : {};
  const error = new WaystationError('influxdb.unavailable', message, cause);
  const afterMs = answer.status === undefined ? undefined : parseRetryAfter(answer.retryAfter, answer.date);
  return { kind: 'retry', error, ...(afterMs === undefined ? {} : { afterMs }) };
}

function intercepted(said: string, { status, contentType, location }: HttpAnswer): WriteOutcome {
  const type = contentType === undefined ? 'no content type' : clip(contentType);
  const text = `${said} (${type}), which is no answer of InfluxDB to a write. ${questionFor(status, location)}`;
  return { kind: 'retry', error: new WaystationError('influxdb.intercepted', text) };
}

/** Where to look first. */
function questionFor(status: number, location: string | undefined): string {
  if (status === PROXY_LOGIN) return 'A proxy between asks for a login of its own.';
  if (status >= 400) return 'Is the url of the sink right?';
  if (status < 300) return 'Does the network have a login page, or is the url of the sink that of something else?';
  const target = location === undefined ? 'no other address' : clip(location);
  return `It redirects to ${target}: is the url of the sink right, or does the network have a login page?`;
}

function missing(endpoint: InfluxEndpoint, said: string, words: string): string {
  if (NO_SUCH_PATH.test(words))
    return `${said}. Is it an InfluxDB ${endpoint.version}, as \`version\` of the sink says?`;
  return `${said}. If ${makerOf(endpoint)}`;
}

/** Who would make what is missing, and how. */
function makerOf(endpoint: InfluxEndpoint): string {
  switch (endpoint.version) {
    case 1:
      return `the database is missing: influx -execute 'CREATE DATABASE "${endpoint.database}"'`;
    case 2:
      return `the bucket is missing: influx bucket create --org '${endpoint.org}' --name '${endpoint.bucket}'`;
    case 3:
      return `the database is missing: influxdb3 create database '${endpoint.database}'`;
  }
}

/** Of `{"error":"…"}` only what the server itself had to say. */
function serverWords(text: string): string {
  return oneLine(errorIn(text) ?? text).slice(0, MAX_WORD_CHARS);
}

/** 1.x and 3.x say `error`, 2.x says `message`; 3.x adds the fault of the first line that it names. */
function errorIn(text: string): string | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    const words = memberOf(answer, 'error') ?? memberOf(answer, 'message');
    const data = memberOf(answer, 'data');
    const fault = memberOf(Array.isArray(data) ? data[0] : data, 'error_message');
    if (typeof words !== 'string') return undefined;
    return typeof fault === 'string' ? `${words}: ${fault}` : words;
  } catch {
    return undefined;
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

/** What a stranger chose, never long and on one line. */
function clip(text: string): string {
  return oneLine(text).slice(0, MAX_HEADER_CHARS);
}
