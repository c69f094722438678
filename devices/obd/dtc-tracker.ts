import type { DtcStatus } from './obd-message.ts';

/** A trouble code has appeared, or is gone. */
export interface DtcChange {
  readonly state: 'raised' | 'cleared';
  readonly code: string;
  readonly status: DtcStatus;
  /** Of the control unit; empty where the adapter does not tell. */
  readonly ecu: string;
  /** It was there when the control unit was asked first: nobody knows for how long. */
  readonly isOnsetUnknown: boolean;
}

/** Codes of one status that are followed for one control unit: no list that a vehicle gives is longer. */
export const MAX_TRACKED_CODES = 256;
/** Control units that are followed. */
export const MAX_TRACKED_ECUS = 64;

/** Tells which trouble codes are new and which are gone, by what control units say they have. Silence clears nothing. */
export class DtcTracker {
  readonly #codes = new Map<string, ReadonlySet<string>>();

  /**
   * @param codes of this status that the control unit has now
   * @param isWhole they are all that it has; otherwise part of its answer was lost, and nothing is cleared
   */
  take(ecu: string, status: DtcStatus, codes: ReadonlySet<string>, isWhole: boolean): readonly DtcChange[] {
    const key = `${ecu} ${status}`;
    const before = this.#codes.get(key);
    if (before === undefined && this.#codes.size >= 3 * MAX_TRACKED_ECUS) return [];
    const known = isWhole ? codes : new Set([...(before ?? []), ...codes]);
    const now = known.size <= MAX_TRACKED_CODES ? known : new Set([...known].slice(0, MAX_TRACKED_CODES));
    this.#codes.set(key, now);
    const raised = [...now].filter((code) => !before?.has(code));
    const cleared = [...(before ?? [])].filter((code) => !now.has(code));
    const rest = { status, ecu, isOnsetUnknown: before === undefined };
    return [
      ...raised.map((code): DtcChange => ({ state: 'raised', code, ...rest })),
      ...cleared.map((code): DtcChange => ({ state: 'cleared', code, ...rest })),
    ];
  }
}
