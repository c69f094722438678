import { encodeDtc } from '#devices/obd/dtc.ts';
import { encodeVin } from '#devices/obd/vin.ts';
import {
  DEFAULT_ELM327,
  ELM327_PERSONALITIES,
  type Elm327Fault,
  type Elm327Spec,
  REQUEST_FAILURES,
} from '#firmware-sim/elm327/elm327-spec.ts';
import { VEHICLE_PROTOCOLS } from '#firmware-sim/obd/obd-protocol.ts';
import { MAX_ECUS } from '#firmware-sim/obd/vehicle-ecus.ts';
import { BAUD_RATES } from '#firmware-sim/receiver/receiver-spec.ts';
import type { DeviceSection } from './device-section.ts';
import { isBoolean, isText, type ObjectReader, readPortName } from './object-reader.ts';

/** The section `obd`: ELM327 adapters, each with the diagnostic side of a vehicle. */
export const OBD_SECTION: DeviceSection = {
  readDevice: readObd,
  faults: {
    ignitionOff: (_read, port) => ({ do: 'ignitionOff', port }),
    ignitionOn: (_read, port) => ({ do: 'ignitionOn', port }),
    lowVoltage: (_read, port) => ({ do: 'lowVoltage', port }),
    storeDtc: readStoreDtc,
    clearDtcs: (_read, port) => ({ do: 'clearDtcs', port }),
    failRequests: readFailRequests,
  },
};

function readObd(read: ObjectReader): Elm327Spec {
  return {
    kind: 'obd',
    name: readPortName(read, DEFAULT_ELM327.name),
    baud: read.optional('baud', isBaud, `one of ${BAUD_RATES.join(', ')}`) ?? DEFAULT_ELM327.baud,
    personality:
      read.oneOf('personality', ELM327_PERSONALITIES, DEFAULT_ELM327.personality) ?? DEFAULT_ELM327.personality,
    protocol: read.oneOf('protocol', VEHICLE_PROTOCOLS, DEFAULT_ELM327.protocol) ?? DEFAULT_ELM327.protocol,
    ecuCount: read.number('ecuCount', ECU_COUNT) ?? DEFAULT_ELM327.ecuCount,
    storedDtcs: readDtcs(read, 'storedDtcs'),
    pendingDtcs: readDtcs(read, 'pendingDtcs'),
    permanentDtcs: readDtcs(read, 'permanentDtcs'),
    vin: read.optional('vin', isVin, 'seventeen letters and digits without I, O and Q') ?? DEFAULT_ELM327.vin,
    hasPendingResponses:
      read.optional('hasPendingResponses', isBoolean, 'true or false') ?? DEFAULT_ELM327.hasPendingResponses,
  };
}

function readStoreDtc(read: ObjectReader, port: string): Elm327Fault {
  if (!read.has('code')) read.problem('code', DTC);
  return { do: 'storeDtc', port, code: read.optional('code', isDtc, DTC) ?? '' };
}

function readFailRequests(read: ObjectReader, port: string): Elm327Fault {
  if (!read.has('durationMs')) read.problem('durationMs', DURATION.expectation);
  const durationMs = read.number('durationMs', DURATION) ?? 0;
  return { do: 'failRequests', port, answer: read.oneOf('answer', REQUEST_FAILURES) ?? 'NO DATA', durationMs };
}

const ECU_COUNT = { min: 1, max: MAX_ECUS, isInteger: true, expectation: `1 to ${MAX_ECUS} control units` } as const;
const DURATION = { min: 0, max: Number.MAX_SAFE_INTEGER, expectation: 'milliseconds, 0 or more' } as const;
const DTC = 'a trouble code like P0301';

function readDtcs(read: ObjectReader, key: string): readonly string[] {
  const isList = (value: unknown): value is readonly string[] =>
    Array.isArray(value) && value.length <= MAX_DTCS && value.every(isDtc);
  return read.optional(key, isList, `up to ${MAX_DTCS} trouble codes like P0301`) ?? [];
}

/** What the count of parameter 01 can say. */
const MAX_DTCS = 127;

function isDtc(value: unknown): value is string {
  return isText(value) && encodeDtc(value) !== undefined;
}

function isVin(value: unknown): value is string {
  return isText(value) && encodeVin(value) !== undefined;
}

function isBaud(value: unknown): value is number {
  return BAUD_RATES.some((known) => known === value);
}
