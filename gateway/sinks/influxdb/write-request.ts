import type { InfluxEndpoint } from './influx-endpoint.ts';

/** What a write asks for, besides its points. */
export interface WriteRequest {
  /** Behind the path of the url. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly authorization?: string;
}

/**
 * The request of a write, as each version has it. Milliseconds would leave no room to tell two events in one apart, and each
 * version spells microseconds its own way: 1.x takes what it does not know for nanoseconds, answers 204, and files it under 1970.
 *
 * @see InfluxDB API references: 1.x `/write`, 2.x `POST /api/v2/write`, 3 Core `POST /api/v3/write_lp`
 */
export function writeRequest(endpoint: InfluxEndpoint): WriteRequest {
  switch (endpoint.version) {
    case 1: {
      const { database, retentionPolicy, credentials } = endpoint;
      const policy = retentionPolicy === undefined ? {} : { rp: retentionPolicy };
      const query = { db: database, precision: PRECISIONS[1], ...policy };
      if (credentials === undefined) return { path: '/write', query };
      const login = Buffer.from(`${credentials.username}:${credentials.password.reveal()}`).toString('base64');
      return { path: '/write', query, authorization: `Basic ${login}` };
    }
    case 2: {
      const { org, bucket, token } = endpoint;
      const query = { org, bucket, precision: PRECISIONS[2] };
      return { path: '/api/v2/write', query, authorization: `Token ${token.reveal()}` };
    }
    case 3: {
      const { database, token } = endpoint;
      const query = { db: database, precision: PRECISIONS[3], accept_partial: 'true', no_sync: 'false' };
      const authorization = token === undefined ? {} : { authorization: `Bearer ${token.reveal()}` };
      return { path: '/api/v3/write_lp', query, ...authorization };
    }
  }
}

/** Microseconds, by version. */
export const PRECISIONS = { 1: 'u', 2: 'us', 3: 'microsecond' } as const;
