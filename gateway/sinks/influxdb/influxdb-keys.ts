import { WaystationError } from '#gateway/model/errors.ts';
import type { Secret } from '#gateway/model/secret.ts';
import type { BatchKeys } from '#gateway/sinks/batch-keys.ts';
import type { Link } from '#gateway/sinks/link/link.ts';
import type { InfluxEndpoint, InfluxLogin } from './influx-endpoint.ts';
import { InfluxdbTarget } from './influxdb-target.ts';

/** The keys of the configuration that only this type of sink has. */
export interface InfluxdbKeys {
  readonly version: 1 | 2 | 3;
  /** The `influx` package unless told otherwise, where it can: for version 1. */
  readonly writer?: 'package' | 'native' | undefined;
  readonly url: string;
  readonly database?: string | undefined;
  readonly org?: string | undefined;
  readonly bucket?: string | undefined;
  readonly credentials?: InfluxLogin | { readonly token: Secret } | undefined;
  readonly retention?: { readonly policy?: string | undefined; readonly maxAgeHours?: number | undefined } | undefined;
  readonly integers?: readonly { readonly measurement: string; readonly fields: readonly string[] }[] | undefined;
  /** See `PointFormat`. */
  readonly clientTag?: boolean | undefined;
  readonly batch: BatchKeys;
  readonly window: { readonly ackTimeoutMs: number };
}

const HOUR_MS = 3_600_000;
const NEEDS = { 1: 'a `database`', 2: '`org`, `bucket` and a token under `credentials`', 3: 'a `database`' } as const;

/**
 * @param id of the sink, for messages
 * @throws WaystationError `config.invalid` when the version needs a key that is not there
 */
export function influxdbTarget(
  id: string,
  gatewayId: string,
  { link, ...keys }: InfluxdbKeys & { readonly link?: Link | undefined },
): InfluxdbTarget {
  const endpoint = endpointOf(keys, link);
  if (endpoint === undefined) {
    const text = `Sink ${id}: InfluxDB ${keys.version} needs ${NEEDS[keys.version]}.`;
    throw new WaystationError('config.invalid', text);
  }
  const integers = new Map((keys.integers ?? []).map(({ measurement, fields }) => [measurement, new Set(fields)]));
  const { writer, batch, retention, clientTag } = keys;
  const maxAgeHours = retention?.maxAgeHours;
  return new InfluxdbTarget({
    ...{ endpoint, batch, format: { gatewayId, integers, clientTag } },
    writer: writer ?? (keys.version === 1 ? 'package' : 'native'),
    ...(maxAgeHours === undefined ? {} : { retentionMs: maxAgeHours * HOUR_MS }),
  });
}

function endpointOf(keys: InfluxdbKeys, link: Link | undefined): InfluxEndpoint | undefined {
  const { version, url, database, org, bucket, credentials, retention } = keys;
  const common = { url, requestTimeoutMs: keys.window.ackTimeoutMs, link };
  const login = credentials !== undefined && 'password' in credentials ? credentials : undefined;
  const token = credentials !== undefined && 'token' in credentials ? credentials.token : undefined;
  if (version === 1 && database !== undefined)
    return { ...common, version, database, retentionPolicy: retention?.policy, credentials: login };
  if (version === 2 && org !== undefined && bucket !== undefined && token !== undefined)
    return { ...common, version, org, bucket, token };
  return version === 3 && database !== undefined ? { ...common, version, database, token } : undefined;
}
