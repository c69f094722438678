import { WaystationError } from '#gateway/model/errors.ts';
import type { WriteOutcome } from './influx-writer.ts';

/** Who answered what. */
export interface HttpAnswer {
  readonly status: number;
  /** The words of the server. */
  readonly text: string;
}

/** InfluxDB's words for points that its retention policy would delete at once. */
const BEYOND_RETENTION = 'points beyond retention policy';

/**
 * What the answer of InfluxDB 1.x, 2.x or 3.x to a write means. Anything unknown is retried or paused: nothing is given up for it.
 *
 * @param what names the server in messages
 */
export function outcomeOf(what: string, database: string, { status, text }: HttpAnswer): WriteOutcome {
  const said = `${what} answered ${status}: ${text}`;
  switch (status) {
    case 200:
    case 204:
      return { kind: 'accepted' };
    case 400:
    case 413:
    case 422:
      return { kind: text.includes(BEYOND_RETENTION) ? 'expired' : 'refused', reason: said };
    case 404:
      return { kind: 'pause', error: new WaystationError('influxdb.noDatabase', missing(said, database)) };
    case 408:
    case 425:
    case 429:
      return unavailable(said);
    default:
      if (status >= 500) return unavailable(said);
      return { kind: 'pause', error: new WaystationError('influxdb.refused', said) };
  }
}

/** The outcome of a request that got no answer. */
export function unavailable(message: string, cause?: unknown): WriteOutcome {
  return { kind: 'retry', error: new WaystationError('influxdb.unavailable', message, { cause }) };
}

function missing(said: string, database: string): string {
  return `${said}. If the database is missing: influx -execute 'CREATE DATABASE "${database}"'`;
}
