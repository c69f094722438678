import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import type { ObdRejection, ObdVehicleInfo } from './obd-message.ts';
import { decodeSupportedPids } from './supported-pids.ts';
import { decodePaddedText, decodeVin } from './vin.ts';

const BITMAP_BYTES = 4;
const CALIBRATION_ID_BYTES = 16;
const CALIBRATION_NUMBER_BYTES = 4;

/**
 * What follows `49` in an answer of service 09 on CAN: the type of information, how many items there are, the items. The older buses
 * say one piece a message; see `join-vehicle-info.ts`.
 *
 * @see SAE J1979, service $09
 */
export function decodeVehicleInfo(rest: Uint8Array): Decoded<ObdVehicleInfo, ObdRejection> {
  const [infoType, itemCount = 0] = rest;
  if (infoType === undefined) return rejected('short-data');
  const items = rest.subarray(2);
  const head = { infoType, data: rest.subarray(1) };
  switch (infoType) {
    case 0x00: {
      // The older buses count here as well.
      const bitmap = rest.subarray(rest.length > BITMAP_BYTES + 1 ? 2 : 1);
      if (bitmap.length < BITMAP_BYTES) return rejected('short-data');
      return decoded({ ...head, supportedInfoTypes: decodeSupportedPids(0, bitmap) });
    }
    case 0x02: {
      const vin = decodeVin(items);
      return vin === undefined ? rejected('bad-vin') : decoded({ ...head, vin });
    }
    case 0x04: {
      const ids = cut(items, itemCount, CALIBRATION_ID_BYTES)?.map(decodePaddedText);
      if (ids === undefined) return rejected('short-data');
      const calibrationIds = ids.filter((id) => id !== undefined);
      return calibrationIds.length < ids.length ? rejected('bad-text') : decoded({ ...head, calibrationIds });
    }
    case 0x06: {
      const numbers = cut(items, itemCount, CALIBRATION_NUMBER_BYTES);
      return numbers === undefined
        ? rejected('short-data')
        : decoded({ ...head, calibrationNumbers: numbers.map(hex) });
    }
    case 0x0a: {
      const ecuName = decodeEcuName(items);
      return ecuName === undefined ? rejected('bad-text') : decoded({ ...head, ecuName });
    }
    default:
      return decoded(head);
  }
}

function cut(items: Uint8Array, count: number, sizeBytes: number): readonly Uint8Array[] | undefined {
  if (items.length < count * sizeBytes) return undefined;
  return Array.from({ length: count }, (_, index) => items.subarray(index * sizeBytes, (index + 1) * sizeBytes));
}

/** Four bytes of acronym, a zero or a dash between, fifteen of name. */
function decodeEcuName(items: Uint8Array): string | undefined {
  const parts = [items.subarray(0, 4), items.subarray(4, 5), items.subarray(5)].map(decodePaddedText);
  const [acronym, dash, name] = parts;
  if (acronym === undefined || dash === undefined || name === undefined) return undefined;
  const number = name.replace(/^-/, '');
  return number === '' ? acronym : `${acronym}-${number}`;
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join('');
}
