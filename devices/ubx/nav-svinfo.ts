import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import type { SatelliteSystem } from '#devices/gps/sky-view.ts';
import { hasBit, packBits } from './payload-field.ts';
import { systemOfSatelliteNumber } from './satellite-numbering.ts';
import { isDirectionKnown, writeDirection } from './sky-direction.ts';
import type { UbxRejection } from './ubx-rejection.ts';

/** UBX-NAV-SVINFO, the satellites in view of receivers up to generation 7: what NAV-SAT is to later ones. */
export interface NavSvinfo {
  readonly type: 'NAV-SVINFO';
  readonly itowMs: number;
  /** 0 Antaris, 1 u-blox 5, 2 u-blox 6, 3 u-blox 7, 4 u-blox 8. */
  readonly chipGeneration: number;
  readonly satellites: readonly NavSvinfoSatellite[];
}

/** A satellite of {@link NavSvinfo}. */
export interface NavSvinfoSatellite {
  /** By the range of its number. */
  readonly system: SatelliteSystem;
  /** u-blox' numbering over all systems: GPS 1 to 32, SBAS 120 to 158, GLONASS 65 to 96, BeiDou 33 to 64 and 159 to 163, QZSS 193 to 202, Galileo 211 to 246; 255 is a GLONASS satellite whose number is unknown. */
  readonly id: number;
  readonly channel: number;
  /** Carrier to noise density; undefined without a signal. */
  readonly signalDbHz: number | undefined;
  /** Over the horizon, -90 to 90. */
  readonly elevationDeg: number | undefined;
  /** True, 0 to 360. */
  readonly azimuthDeg: number | undefined;
  readonly pseudorangeResidualM: number;
  /** 0 idle, 1 searching, 2 acquired, 3 unusable, 4 code locked, 5 to 7 code and carrier locked. */
  readonly signalQuality: number;
  readonly isUsed: boolean;
  readonly isUnhealthy: boolean;
  readonly isDifferential: boolean;
  readonly hasEphemeris: boolean;
}

/**
 * ```text
 *  0     4      5            6         8 + 12 n:  0    1     2      3        4    5     6     8
 *  iTOW  numCh  globalFlags  reserved             chn  svid  flags  quality  cno  elev  azim  prRes
 * ```
 * @see u-blox M8 interface description, UBX-NAV-SVINFO (01 30)
 */
export function decodeNavSvinfo(payload: DataView): Decoded<NavSvinfo, UbxRejection> {
  if (payload.byteLength < HEADER_BYTES) return rejected('wrong-length');
  const count = payload.getUint8(4);
  if (payload.byteLength !== HEADER_BYTES + count * BLOCK_BYTES) return rejected('wrong-length');
  return decoded({
    type: 'NAV-SVINFO',
    itowMs: payload.getUint32(0, true),
    chipGeneration: payload.getUint8(5) & 0x07,
    satellites: Array.from({ length: count }, (_, index) => readBlock(payload, HEADER_BYTES + index * BLOCK_BYTES)),
  });
}

/** The inverse of {@link decodeNavSvinfo}; at most 255 satellites. */
export function encodeNavSvinfo(message: NavSvinfo): DataView {
  const satellites = message.satellites.slice(0, MAX_SATELLITES);
  const payload = new DataView(new ArrayBuffer(HEADER_BYTES + satellites.length * BLOCK_BYTES));
  payload.setUint32(0, message.itowMs, true);
  payload.setUint8(4, satellites.length);
  payload.setUint8(5, message.chipGeneration);
  for (const [index, satellite] of satellites.entries()) {
    writeBlock(payload, HEADER_BYTES + index * BLOCK_BYTES, satellite);
  }
  return payload;
}

function readBlock(payload: DataView, offset: number): NavSvinfoSatellite {
  const id = payload.getUint8(offset + 1);
  const flags = payload.getUint8(offset + 2);
  const signalDbHz = payload.getUint8(offset + 4);
  const isKnown = isDirectionKnown(payload, offset + 5);
  return {
    system: systemOfSatelliteNumber(id),
    id,
    channel: payload.getUint8(offset),
    signalDbHz: signalDbHz === 0 ? undefined : signalDbHz,
    elevationDeg: isKnown ? payload.getInt8(offset + 5) : undefined,
    azimuthDeg: isKnown ? payload.getInt16(offset + 6, true) : undefined,
    pseudorangeResidualM: payload.getInt32(offset + 8, true) / 100,
    signalQuality: payload.getUint8(offset + 3) & 0x0f,
    isUsed: hasBit(flags, 0),
    isDifferential: hasBit(flags, 1),
    hasEphemeris: hasBit(flags, 3),
    isUnhealthy: hasBit(flags, 4),
  };
}

function writeBlock(payload: DataView, offset: number, satellite: NavSvinfoSatellite): void {
  const { isUsed, isDifferential, hasEphemeris, isUnhealthy } = satellite;
  payload.setUint8(offset, satellite.channel);
  payload.setUint8(offset + 1, satellite.id);
  payload.setUint8(offset + 2, packBits(isUsed, isDifferential, hasEphemeris, hasEphemeris, isUnhealthy));
  payload.setUint8(offset + 3, satellite.signalQuality);
  payload.setUint8(offset + 4, satellite.signalDbHz ?? 0);
  writeDirection(payload, offset + 5, satellite);
  payload.setInt32(offset + 8, Math.round(satellite.pseudorangeResidualM * 100), true);
}

const HEADER_BYTES = 8;
const BLOCK_BYTES = 12;
const MAX_SATELLITES = 0xff;
