import { encodeDtc } from '#devices/obd/dtc.ts';
import { OBD_PIDS } from '#devices/obd/obd-pids.ts';
import { encodeQuantity } from '#devices/obd/obd-quantity.ts';
import { encodeSupportedPids, PIDS_PER_BITMAP } from '#devices/obd/supported-pids.ts';
import { type EcuSituation, readingsOf } from './ecu-readings.ts';

/** One control unit as others see it. */
export interface EcuSpec {
  /** Which of the eight that may answer to everybody, 0 to 7: the last digit of its identifier. */
  readonly index: number;
  /** Its address where identifiers carry one: in 29 bits, and in Keyword Protocol 2000. */
  readonly address: number;
  /** Parameters of service 01, without the bitmaps. */
  readonly pids: readonly number[];
  /** Fills its frames up. */
  readonly padding: number;
  /** Absent: it does not know. */
  readonly vin?: string;
}

/** Codes as people write them: `P0301`. */
export interface DtcMemory {
  stored: readonly string[];
  pending: readonly string[];
  /** Stay when the others are cleared. */
  permanent: readonly string[];
}

/** How answers are laid out: Keyword Protocol 2000 has no multi-frame messages and no counts. */
export type ObdDialect = 'can' | 'kwp';

/**
 * The diagnostic side of one control unit: services 01, 03, 04, 07, 09 and 0A.
 *
 * @see SAE J1979
 */
export class ObdEcu {
  readonly spec: EcuSpec;
  readonly dtcs: DtcMemory;

  constructor(spec: EcuSpec, dtcs: DtcMemory) {
    this.spec = spec;
    this.dtcs = dtcs;
  }

  /** Permanent ones stay. */
  clearDtcs(): void {
    this.dtcs.stored = [];
    this.dtcs.pending = [];
  }

  /** @returns messages, none where it has nothing to say */
  answer([service, ...rest]: Iterable<number>, situation: EcuSituation, dialect: ObdDialect): readonly Uint8Array[] {
    switch (service) {
      case 0x01:
        return this.#readParameters(rest, situation, dialect);
      case 0x03:
        return sayDtcs(0x43, this.dtcs.stored, dialect);
      case 0x04:
        this.clearDtcs();
        return [Uint8Array.of(0x44)];
      case 0x07:
        return sayDtcs(0x47, this.dtcs.pending, dialect);
      case 0x09:
        return this.#sayVehicleInformation(rest, dialect);
      case 0x0a:
        return sayDtcs(0x4a, this.dtcs.permanent, dialect);
      default:
        return [];
    }
  }

  /** One parameter, or on CAN up to six; those that it does not have are left out. */
  #readParameters(pids: readonly number[], situation: EcuSituation, dialect: ObdDialect): readonly Uint8Array[] {
    if (pids.length > (dialect === 'can' ? MAX_PIDS_IN_REQUEST : 1)) return [];
    const parts = pids.flatMap((pid) => {
      const data = this.#readParameter(pid, situation);
      return data === undefined ? [] : [pid, ...data];
    });
    return parts.length === 0 ? [] : [Uint8Array.of(0x41, ...parts)];
  }

  #readParameter(pid: number, situation: EcuSituation): Uint8Array | undefined {
    if (pid % PIDS_PER_BITMAP === 0) return this.#bitmapFrom(pid);
    const known = OBD_PIDS.get(pid);
    if (known === undefined || !this.spec.pids.includes(pid)) return undefined;
    if (pid === MONITOR_STATUS_PID) return monitorStatus(this.dtcs.stored.length);
    const data = new Uint8Array(known.sizeBytes);
    const readings = readingsOf(situation);
    for (const quantity of known.quantities) {
      const value = readings[quantity.key] ?? quantity.minimum;
      encodeQuantity(quantity, Math.min(Math.max(value, quantity.minimum), quantity.maximum), data);
    }
    return data;
  }

  /** Which of the next 32 it has; the last of them is the next bitmap. Only the first one is given empty. */
  #bitmapFrom(firstPid: number): Uint8Array | undefined {
    const { pids } = this.spec;
    const highest = Math.max(...pids);
    if (firstPid !== 0 && highest <= firstPid) return undefined;
    const nextBitmap = firstPid + PIDS_PER_BITMAP;
    return encodeSupportedPids(firstPid, highest > nextBitmap ? [...pids, nextBitmap] : pids);
  }

  #sayVehicleInformation([type]: readonly number[], dialect: ObdDialect): readonly Uint8Array[] {
    const { vin } = this.spec;
    if (vin === undefined) return [];
    if (type === 0x00) {
      const bitmap = [0x40, 0, 0, 0];
      return [Uint8Array.of(0x49, 0x00, ...(dialect === 'can' ? bitmap : [1, ...bitmap]))];
    }
    if (type !== 0x02) return [];
    const letters = new TextEncoder().encode(vin);
    if (dialect === 'can') return [Uint8Array.of(0x49, 0x02, 1, ...letters)];
    // Five messages of four letters; the first is filled up in front.
    const filled = Uint8Array.of(0, 0, 0, ...letters);
    return Array.from({ length: 5 }, (_, index) =>
      Uint8Array.of(0x49, 0x02, index + 1, ...filled.subarray(4 * index, 4 * index + 4)),
    );
  }
}

const MAX_PIDS_IN_REQUEST = 6;
const MONITOR_STATUS_PID = 0x01;
const DTCS_PER_KWP_MESSAGE = 3;

/** Lamp and count; all tests of a petrol engine are there and done. */
function monitorStatus(dtcCount: number): Uint8Array {
  return Uint8Array.of((dtcCount > 0 ? 0x80 : 0) | dtcCount, 0x07, 0x65, 0x00);
}

function sayDtcs(service: number, codes: readonly string[], dialect: ObdDialect): readonly Uint8Array[] {
  const bytes = codes.flatMap((code) => encodeDtc(code) ?? []);
  if (dialect === 'can') return [Uint8Array.of(service, codes.length, ...bytes)];
  const messageCount = Math.max(1, Math.ceil(codes.length / DTCS_PER_KWP_MESSAGE));
  return Array.from({ length: messageCount }, (_, index) => {
    const message = new Uint8Array(1 + 2 * DTCS_PER_KWP_MESSAGE);
    message[0] = service;
    message.set(bytes.slice(6 * index, 6 * index + 6), 1);
    return message;
  });
}
