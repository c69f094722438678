import { WaystationError } from '#gateway/model/errors.ts';
import { oneLine } from '#gateway/model/one-line.ts';
import type { WriteOutcome } from './influx-writer.ts';

/** Who answered what. */
export interface HttpAnswer {
  readonly status: number;
  /** The words of the server; may be empty. */
  readonly text: string;
  /** The headers that tell a database from what stands in front of it. */
  readonly contentType?: string | undefined;
  readonly location?: string | undefined;
}

const PROXY_LOGIN = 407;
const MAX_HEADER_CHARS = 200;

/** InfluxDB's words for points that its retention policy would delete at once. */
const BEYOND_RETENTION = 'points beyond retention policy';

/**
 * What the answer of InfluxDB 1.x, 2.x or 3.x to a write means. Only 204 says that points were written: any other success, and a
 * redirect, is the word of something that answered in its place, such as the login page of a network. Anything unknown is
 * retried or paused: nothing is given up for it.
 *
 * @param what names the server in messages
 */
export function outcomeOf(what: string, database: string, answer: HttpAnswer): WriteOutcome {
  const { status, text } = answer;
  const said = `${what} answered ${status}${text === '' ? '' : `: ${text}`}`;
  switch (status) {
    case 204:
      return { kind: 'accepted' };
    case 400:
    case 413:
    case 422:
      return { kind: text.includes(BEYOND_RETENTION) ? 'expired' : 'refused', reason: said };
    case 401:
    case 403:
      return { kind: 'pause', error: new WaystationError('influxdb.refused', said) };
    case 404:
      return { kind: 'pause', error: new WaystationError('influxdb.noDatabase', missing(said, database)) };
    case 408:
    case 425:
    case 429:
      return unavailable(said);
    default:
      return status >= 500 ? unavailable(said) : intercepted(said, answer);
  }
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

/** What a stranger chose, never long and on one line. */
function clip(text: string): string {
  return oneLine(text).slice(0, MAX_HEADER_CHARS);
}

/** The outcome of a request that got no answer. */
export function unavailable(message: string, cause?: unknown): WriteOutcome {
  return { kind: 'retry', error: new WaystationError('influxdb.unavailable', message, { cause }) };
}

function missing(said: string, database: string): string {
  return `${said}. If the database is missing: influx -execute 'CREATE DATABASE "${database}"'`;
}
