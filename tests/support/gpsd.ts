import { spawnSync } from 'node:child_process';
import { isOnPath } from './is-on-path.ts';

/** Under CI the program must be there: a test that runs nowhere is worse than none. */
export const HAS_GPSDECODE = (process.env['CI'] ?? '') !== '' || isOnPath('gpsdecode');

/** Why a test was skipped, as part of its name. */
export const NEEDS_GPSDECODE = HAS_GPSDECODE
  ? ''
  : ' (skipped: gpsdecode is missing; install the package gpsd-clients)';

/** What gpsd says of a moment: `mode` 1 none, 2 two-dimensional, 3 three-dimensional. */
export interface Tpv {
  readonly class: 'TPV';
  readonly time?: string;
  readonly mode: number;
  /** 5 is dead reckoning. */
  readonly status?: number;
  readonly lat?: number;
  readonly lon?: number;
  readonly altMSL?: number;
  /** Metres per second. */
  readonly speed?: number;
  /** Course over ground, degrees true. */
  readonly track?: number;
}

/** What gpsd says of the satellites: how many there are, and how many are used. */
export interface Sky {
  readonly class: 'SKY';
  readonly time?: string;
  readonly nSat?: number;
  readonly uSat?: number;
  readonly hdop?: number;
}

/** What `gpsdecode` makes of the bytes of a receiver: an independent decoder. It keeps the last epoch to itself. */
export function gpsdecode(bytes: Uint8Array): { readonly fixes: readonly Tpv[]; readonly skies: readonly Sky[] } {
  const { error, status, stdout } = spawnSync('gpsdecode', { input: bytes, maxBuffer: 2 ** 28, encoding: 'utf8' });
  if (error !== undefined || status !== 0) throw new Error(`gpsdecode failed with ${status}`, { cause: error });
  const reports = stdout
    .trimEnd()
    .split('\n')
    .map((line): Tpv | Sky => JSON.parse(line));
  return {
    fixes: reports.filter((report) => report.class === 'TPV'),
    skies: reports.filter((report) => report.class === 'SKY'),
  };
}

/**
 * gpsd places dates in an era of 1,024 weeks of its own choosing where nothing tells it better.
 *
 * @returns milliseconds since the Unix epoch, without whole eras
 */
export function withoutEras(unixMs: number): number {
  return unixMs % (1024 * 7 * 86_400_000);
}
