import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import { decodeDtc, decodeDtcs } from './dtc.ts';
import { decodeMonitorStatus } from './monitor-status.ts';
import type { DtcStatus, ObdMessage, ObdReading, ObdRejection } from './obd-message.ts';
import { OBD_PIDS } from './obd-pids.ts';
import { decodeQuantity } from './obd-quantity.ts';
import { decodeSupportedPids, isBitmapPid } from './supported-pids.ts';
import { decodeVehicleInfo } from './vehicle-info.ts';

/** Added to a service in its answer. */
export const POSITIVE_RESPONSE = 0x40;
const NEGATIVE_RESPONSE = 0x7f;
const RESPONSE_PENDING = 0x78;

/** @see ISO 14229-1, annex A; ISO 15031-5 uses some of them */
const REFUSALS: Readonly<Record<number, string>> = {
  16: 'generalReject',
  17: 'serviceNotSupported',
  18: 'subFunctionNotSupported',
  19: 'incorrectMessageLength',
  33: 'busyRepeatRequest',
  34: 'conditionsNotCorrect',
  49: 'requestOutOfRange',
  51: 'securityAccessDenied',
  [RESPONSE_PENDING]: 'responsePending',
};

const DTC_STATUSES: Readonly<Record<number, DtcStatus>> = { 3: 'stored', 7: 'pending', 10: 'permanent' };

/**
 * Decodes one whole message: what ISO-TP has put together, or the data bytes of one message of the older buses.
 *
 * Codes are understood with the count that CAN puts before them and without it: two bytes each, so the length tells.
 *
 * @see SAE J1979; ISO 15031-5
 */
export function decodeObdMessage(payload: Uint8Array): Decoded<ObdMessage, ObdRejection> {
  const [first] = payload;
  if (first === undefined) return rejected('empty');
  if (first === NEGATIVE_RESPONSE) return decodeRefusal(payload);
  if (first < POSITIVE_RESPONSE) return decoded(decodeRequest(first, payload));
  const service = first - POSITIVE_RESPONSE;
  const rest = payload.subarray(1);
  switch (service) {
    case 0x01:
      return decodeValues(rest);
    case 0x02:
      return decodeFreezeFrame(rest);
    case 0x03:
    case 0x07:
    case 0x0a:
      return decodeCodes(service, rest);
    case 0x04:
      return decoded({ kind: 'cleared', service });
    case 0x09: {
      const info = decodeVehicleInfo(rest);
      return info.isDecoded ? decoded({ kind: 'vehicle', service, info: info.value }) : info;
    }
    default:
      return decoded({ kind: 'other', service, isResponse: true });
  }
}

function decodeRequest(service: number, payload: Uint8Array): ObdMessage {
  if (service === 0 || service > 0x0a) return { kind: 'other', service, isResponse: false };
  if (service === 0x02)
    return { kind: 'request', service, pids: [...payload.subarray(1)].filter((_, i) => i % 2 === 0) };
  const hasPids = service === 0x01 || service === 0x09;
  return { kind: 'request', service, pids: hasPids ? [...payload.subarray(1)] : [] };
}

function decodeRefusal(payload: Uint8Array): Decoded<ObdMessage, ObdRejection> {
  const [, service, code] = payload;
  if (service === undefined || code === undefined) return rejected('short-refusal');
  const reason = REFUSALS[code];
  const named = reason === undefined ? {} : { reason };
  return decoded({ kind: 'negative', service, code, ...named, isPending: code === RESPONSE_PENDING });
}

function decodeValues(rest: Uint8Array): Decoded<ObdMessage, ObdRejection> {
  const readings: ObdReading[] = [];
  for (let offset = 0; offset < rest.length; ) {
    const pid = rest[offset] ?? 0;
    const data = takeData(pid, rest, offset + 1);
    if (data === undefined) return rejected('short-data');
    readings.push(readParameter(pid, data));
    offset += 1 + data.length;
  }
  return readings.length === 0 ? rejected('short-data') : decoded({ kind: 'values', service: 0x01, readings });
}

function decodeFreezeFrame(rest: Uint8Array): Decoded<ObdMessage, ObdRejection> {
  const readings: ObdReading[] = [];
  const frame = rest[1] ?? 0;
  for (let offset = 0; offset < rest.length; ) {
    const pid = rest[offset] ?? 0;
    const data = takeData(pid, rest, offset + 2);
    if (data === undefined) return rejected('short-data');
    readings.push(readParameter(pid, data));
    offset += 2 + data.length;
  }
  return readings.length === 0 ? rejected('short-data') : decoded({ kind: 'values', service: 0x02, frame, readings });
}

/** A parameter that is not in the table takes all that is left: nothing tells where it ends. */
function takeData(pid: number, bytes: Uint8Array, start: number): Uint8Array | undefined {
  const end = start + (OBD_PIDS.get(pid)?.sizeBytes ?? Math.max(1, bytes.length - start));
  return end > bytes.length ? undefined : bytes.subarray(start, end);
}

/** What the data of one parameter say. */
export function readParameter(pid: number, data: Uint8Array): ObdReading {
  const values: Record<string, number> = {};
  let labels: Record<string, string> | undefined;
  for (const quantity of OBD_PIDS.get(pid)?.quantities ?? []) {
    const value = decodeQuantity(quantity, data);
    if (value === undefined) continue;
    values[quantity.field] = value;
    const label = quantity.labels?.[value];
    if (label !== undefined) labels = { ...labels, [quantity.field]: label };
  }
  const dtc = pid === 0x02 ? decodeDtc(data[0] ?? 0, data[1] ?? 0) : undefined;
  return {
    ...{ pid, data, values },
    ...(OBD_PIDS.has(pid) ? {} : { isUnknown: true as const }),
    ...(labels === undefined ? {} : { labels }),
    ...(isBitmapPid(pid) ? { supportedPids: decodeSupportedPids(pid, data) } : {}),
    ...(pid === 0x01 || pid === 0x41 ? { monitors: decodeMonitorStatus(pid, data) } : {}),
    ...(dtc === undefined ? {} : { dtc }),
  };
}

/** Three codes of two bytes. */
const LEGACY_CODES_BYTES = 6;

function decodeCodes(service: 0x03 | 0x07 | 0x0a, rest: Uint8Array): Decoded<ObdMessage, ObdRejection> {
  const hasCount = rest.length % 2 === 1;
  const codes = decodeDtcs(hasCount ? rest.subarray(1) : rest);
  // A message of the older buses has room for three codes, no more and no less. A count may be followed by filling.
  const isWhole = hasCount ? codes?.length === rest[0] : rest.length > 0 && rest.length % LEGACY_CODES_BYTES === 0;
  if (codes === undefined || !isWhole) return rejected('wrong-count');
  return decoded({ kind: 'dtcs', service, status: DTC_STATUSES[service] ?? 'stored', dtcs: codes });
}
