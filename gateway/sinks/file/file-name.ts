import type { OutgoingEvent } from '#gateway/sinks/delivery/target.ts';
import type { Codec } from './member.ts';

/** Whose files they are: only names that begin so are ours. */
export interface FileOwner {
  readonly gatewayId: string;
  /** Of new files: the stream, or `all`. */
  readonly label: string;
  /** Of files that were written while the sink had other lanes; `label` may be among them. */
  readonly earlierLabels: readonly string[];
}

/** What a name says: `<gatewayId>-<label>-<start>-<counter>.ndjson[.zst|.gz][.part]`. */
export interface FileName {
  readonly label: string;
  /** See {@link startOf}. */
  readonly start: string;
  /** Goes up by one from file to file: the order in which they were written, also without a date. */
  readonly counter: number;
  readonly codec: Codec;
  /** Still being written. */
  readonly isPart: boolean;
}

/** Any name with them, and any counter, sorts as text does for as long as ten files a second are written for three years. */
const COUNTER_DIGITS = 9;
const EXTENSIONS = { none: '', zstd: '.zst', gzip: '.gz' } as const;
const REST = /^(\d{8}T\d{6}Z|run-[0-9a-f]{16})-(\d{9})\.ndjson(\.zst|\.gz)?(\.part)?$/;
/** Years of four digits. */
const END_OF_DATES_MS = Date.UTC(10_000, 0);

export function composeName(gatewayId: string, { label, start, counter, codec, isPart }: FileName): string {
  const digits = String(counter).padStart(COUNTER_DIGITS, '0');
  return `${gatewayId}-${label}-${start}-${digits}.ndjson${EXTENSIONS[codec]}${isPart ? '.part' : ''}`;
}

/** @returns undefined for a file of somebody else */
export function parseName({ gatewayId, label, earlierLabels }: FileOwner, name: string): FileName | undefined {
  for (const each of [label, ...earlierLabels]) {
    const prefix = `${gatewayId}-${each}-`;
    if (!name.startsWith(prefix)) continue;
    const [, start, digits, extension, part] = REST.exec(name.slice(prefix.length)) ?? [];
    if (start === undefined || digits === undefined) continue;
    const codec = extension === undefined ? 'none' : extension === '.zst' ? 'zstd' : 'gzip';
    return { label: each, start, counter: Number(digits), codec, isPart: part !== undefined };
  }
  return undefined;
}

/** When an event was accepted, to the second; the run of the clock where no date is known. */
export function startOf({ accepted, stored }: OutgoingEvent): string {
  const isDated = 'unixMs' in accepted && accepted.unixMs >= 0 && accepted.unixMs < END_OF_DATES_MS;
  if (!isDated) return `run-${stored.record.stamp.clockRun}`;
  return new Date(accepted.unixMs).toISOString().replaceAll(/[-:]|\.\d+/g, '');
}
