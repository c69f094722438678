import type { MonitorStatus } from './monitor-status.ts';

/** What one parameter says. */
export interface ObdReading {
  readonly pid: number;
  readonly data: Uint8Array;
  /** By field name, unit last (`engineSpeedRpm`); none for a parameter that is not in the table. */
  readonly values: Readonly<Record<string, number>>;
  /** The parameter is not in the table. */
  readonly isUnknown?: true;
  /** What states mean, by field name. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Of parameters 00, 20, 40 …: what is supported. */
  readonly supportedPids?: readonly number[];
  /** Of parameters 01 and 41. */
  readonly monitors?: MonitorStatus;
  /** Of parameter 02: the code that froze the frame. */
  readonly dtc?: string;
}

/** Whether a code is confirmed, from this or the last drive cycle, or cannot be cleared by a tool. */
export type DtcStatus = 'stored' | 'pending' | 'permanent';

/** What a service 09 answer says. */
export interface ObdVehicleInfo {
  readonly infoType: number;
  readonly data: Uint8Array;
  readonly supportedInfoTypes?: readonly number[];
  readonly vin?: string;
  /** Identification of the software, one for each. */
  readonly calibrationIds?: readonly string[];
  /** Its check sums, upper-case hex. */
  readonly calibrationNumbers?: readonly string[];
  readonly ecuName?: string;
}

/**
 * One whole message of on-board diagnostics, question or answer.
 *
 * @see SAE J1979; ISO 15031-5
 */
export type ObdMessage =
  | {
      readonly kind: 'request';
      readonly service: number;
      /** Of services 01, 02 and 09. */
      readonly pids: readonly number[];
    }
  | { readonly kind: 'values'; readonly service: 0x01; readonly readings: readonly ObdReading[] }
  /** A freeze frame: what the parameters were when a code was stored. */
  | {
      readonly kind: 'values';
      readonly service: 0x02;
      readonly frame: number;
      readonly readings: readonly ObdReading[];
    }
  | {
      readonly kind: 'dtcs';
      readonly service: 0x03 | 0x07 | 0x0a;
      readonly status: DtcStatus;
      readonly dtcs: readonly string[];
    }
  /** Somebody has cleared the codes. */
  | { readonly kind: 'cleared'; readonly service: 0x04 }
  | { readonly kind: 'vehicle'; readonly service: 0x09; readonly info: ObdVehicleInfo }
  /** The control unit refuses; with {@link ObdRefusal.isPending} it only asks for patience. */
  | ({ readonly kind: 'negative' } & ObdRefusal)
  /** Of another service, or of another protocol on the same identifiers. */
  | { readonly kind: 'other'; readonly service: number; readonly isResponse: boolean };

/** A negative response. */
export interface ObdRefusal {
  readonly service: number;
  readonly code: number;
  /** The standard's name of the code, lower camel case; absent for one that it reserves. */
  readonly reason?: string;
  /** Code 78: the answer comes later. */
  readonly isPending: boolean;
}

/** Why a message is none. */
export type ObdRejection =
  /** Nothing in it. */
  | 'empty'
  /** A parameter has less data than the standard gives it. */
  | 'short-data'
  /** The count of codes differs from their number. */
  | 'wrong-count'
  /** A negative response without its code. */
  | 'short-refusal'
  /** Seventeen characters that are no vehicle identification number, or not seventeen. */
  | 'bad-vin'
  /** Text with unprintable bytes inside. */
  | 'bad-text';
