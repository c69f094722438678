import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import { hasBit } from './payload-field.ts';
import type { UbxRejection } from './ubx-rejection.ts';

/** UBX-CFG-VALSET, settings for a receiver of generation 9 and later, by key. Answered by ACK-ACK, or by ACK-NAK if one of them is not known. */
export interface CfgValset {
  readonly type: 'CFG-VALSET';
  /** Where they are kept: `ram` until power is lost, `backup` while the battery lasts, `flash` for good. */
  readonly layers: readonly ConfigurationLayer[];
  /** At most {@link MAX_SETTINGS}. */
  readonly settings: readonly Setting[];
}

/** See {@link CfgValset.layers}. */
export type ConfigurationLayer = (typeof LAYERS)[number];

/** One setting; its key says how many bytes its value has. */
export interface Setting {
  readonly key: number;
  /** Not negative; the lower four bytes where it has eight. */
  readonly value: number;
  /** The upper four bytes of a value of eight. */
  readonly upperValue?: number;
}

/** More are refused by a receiver. */
export const MAX_SETTINGS = 64;

/**
 * ```text
 *  0        1       2         4 …:  0    4
 *  version  layers  reserved        key  value of 1, 2, 4 or 8 bytes by bits 28 to 30 of the key
 * ```
 * @see u-blox F9 interface description, UBX-CFG-VALSET (06 8A) and configuration keys
 */
export function decodeCfgValset(payload: DataView): Decoded<CfgValset, UbxRejection> {
  if (payload.byteLength < HEADER_BYTES) return rejected('wrong-length');
  if (payload.getUint8(0) !== VERSION) return rejected('wrong-version');
  const settings: Setting[] = [];
  let offset = HEADER_BYTES;
  while (offset < payload.byteLength) {
    if (offset + KEY_BYTES > payload.byteLength) return rejected('wrong-length');
    const sizeBytes = valueBytes(payload.getUint32(offset, true));
    if (sizeBytes === undefined || settings.length === MAX_SETTINGS) return rejected('out-of-range');
    if (offset + KEY_BYTES + sizeBytes > payload.byteLength) return rejected('wrong-length');
    settings.push(readSetting(payload, offset, sizeBytes));
    offset += KEY_BYTES + sizeBytes;
  }
  const layers = LAYERS.filter((_, bit) => hasBit(payload.getUint8(1), bit));
  return decoded({ type: 'CFG-VALSET', layers, settings });
}

/** The inverse of {@link decodeCfgValset}; a setting whose key has no size is left out. */
export function encodeCfgValset({ layers, settings }: CfgValset): DataView {
  const sized = settings.flatMap((setting) => {
    const sizeBytes = valueBytes(setting.key);
    return sizeBytes === undefined ? [] : { setting, sizeBytes };
  });
  const length = sized.reduce((sum, { sizeBytes }) => sum + KEY_BYTES + sizeBytes, HEADER_BYTES);
  const payload = new DataView(new ArrayBuffer(length));
  payload.setUint8(0, VERSION);
  payload.setUint8(
    1,
    layers.reduce((bits, layer) => bits | (1 << LAYERS.indexOf(layer)), 0),
  );
  let offset = HEADER_BYTES;
  for (const { setting, sizeBytes } of sized) {
    writeSetting(payload, offset, sizeBytes, setting);
    offset += KEY_BYTES + sizeBytes;
  }
  return payload;
}

/** Undefined for a key that says nothing of its value. */
function valueBytes(key: number): ValueBytes | undefined {
  return BYTES_BY_SIZE_CODE[(key >>> 28) & 0x07];
}

function readSetting(payload: DataView, offset: number, sizeBytes: ValueBytes): Setting {
  const key = payload.getUint32(offset, true);
  const valueOffset = offset + KEY_BYTES;
  if (sizeBytes === 1) return { key, value: payload.getUint8(valueOffset) };
  if (sizeBytes === 2) return { key, value: payload.getUint16(valueOffset, true) };
  const value = payload.getUint32(valueOffset, true);
  return sizeBytes === 4 ? { key, value } : { key, value, upperValue: payload.getUint32(valueOffset + 4, true) };
}

function writeSetting(payload: DataView, offset: number, sizeBytes: ValueBytes, setting: Setting): void {
  const valueOffset = offset + KEY_BYTES;
  payload.setUint32(offset, setting.key, true);
  if (sizeBytes === 1) payload.setUint8(valueOffset, setting.value);
  else if (sizeBytes === 2) payload.setUint16(valueOffset, setting.value, true);
  else payload.setUint32(valueOffset, setting.value, true);
  if (sizeBytes === 8) payload.setUint32(valueOffset + 4, setting.upperValue ?? 0, true);
}

type ValueBytes = 1 | 2 | 4 | 8;
/** Code 1 is a single bit, which has a byte of its own. */
const BYTES_BY_SIZE_CODE: readonly (ValueBytes | undefined)[] = [undefined, 1, 1, 2, 4, 8, undefined, undefined];
const LAYERS = ['ram', 'backup', 'flash'] as const;
const VERSION = 0;
const HEADER_BYTES = 4;
const KEY_BYTES = 4;
