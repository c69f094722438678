import type { Secret } from '#gateway/model/secret.ts';
import type { Link } from '#gateway/sinks/link/link.ts';

/** Where and as whom to write, as each version of InfluxDB has it. */
export type InfluxEndpoint = Influx1Endpoint | Influx2Endpoint | Influx3Endpoint;

interface CommonEndpoint {
  /** `http://HOST[:PORT][/PATH]` or `https://…`. */
  readonly url: string;
  /** A server that is silent for so long has not answered [D4]. */
  readonly requestTimeoutMs: number;
  /** Counts what its connections take. */
  readonly link?: Link | undefined;
}

/** `/write` of 1.x. */
export interface Influx1Endpoint extends CommonEndpoint {
  readonly version: 1;
  readonly database: string;
  /** That of the database when absent. */
  readonly retentionPolicy?: string | undefined;
  readonly credentials?: InfluxLogin | undefined;
}

/** `/api/v2/write` of 2.x and of its clouds. */
export interface Influx2Endpoint extends CommonEndpoint {
  readonly version: 2;
  readonly org: string;
  readonly bucket: string;
  readonly token: Secret;
}

/** `/api/v3/write_lp` of 3.x. */
export interface Influx3Endpoint extends CommonEndpoint {
  readonly version: 3;
  readonly database: string;
  /** A server may ask for none. */
  readonly token?: Secret | undefined;
}

/** Basic authentication. */
export interface InfluxLogin {
  readonly username: string;
  readonly password: Secret;
}

const PORT = /^https?:\/\/(?:\[[^\]]*\]|[^/:]+):(\d+)/;

/** The port of an endpoint; without one in its url that on which its version listens, and of a url with TLS that of HTTPS. */
export function portOf({ url, version }: InfluxEndpoint): number {
  const written = PORT.exec(url)?.[1];
  if (written !== undefined) return Number(written);
  if (url.startsWith('https:')) return 443;
  return version === 3 ? 8181 : 8086;
}
