import { type Decoded, decoded, rejected } from '#devices/decoded.ts';
import type { SatelliteSystem } from '#devices/gps/sky-view.ts';
import { hasBit, nameAt, packBits } from './payload-field.ts';
import { gnssIdOfSystem, systemOfGnssId } from './satellite-numbering.ts';
import { isDirectionKnown, writeDirection } from './sky-direction.ts';
import type { UbxRejection } from './ubx-rejection.ts';

/** UBX-NAV-SAT, every satellite that a receiver of generation 8 and later tracks or expects. */
export interface NavSat {
  readonly type: 'NAV-SAT';
  readonly itowMs: number;
  readonly satellites: readonly NavSatSatellite[];
}

/** A satellite of {@link NavSat}. */
export interface NavSatSatellite {
  readonly system: SatelliteSystem;
  /** Within its system, as u-blox numbers it: GPS 1 to 32, SBAS 120 to 158, Galileo 1 to 36, QZSS 1 to 10, GLONASS 1 to 32; 255 is a GLONASS satellite whose number is unknown. */
  readonly id: number;
  /** Carrier to noise density; undefined without a signal. */
  readonly signalDbHz: number | undefined;
  /** Over the horizon, -90 to 90. */
  readonly elevationDeg: number | undefined;
  /** True, 0 to 360. */
  readonly azimuthDeg: number | undefined;
  readonly pseudorangeResidualM: number;
  /** 0 no signal, 1 searching, 2 acquired, 3 unusable, 4 code locked, 5 to 7 code and carrier locked. */
  readonly signalQuality: number;
  readonly isUsed: boolean;
  readonly health: SatelliteHealth;
  readonly isDifferential: boolean;
  readonly hasEphemeris: boolean;
  readonly hasAlmanac: boolean;
}

/** What a satellite says of itself. */
export type SatelliteHealth = 'unknown' | 'healthy' | 'unhealthy';

/**
 * ```text
 *  0     4        5       6         8 + 12 n:  0       1     2    3     4     6      8
 *  iTOW  version  numSvs  reserved             gnssId  svId  cno  elev  azim  prRes  flags
 * ```
 * @see u-blox M8 interface description, UBX-NAV-SAT (01 35)
 */
export function decodeNavSat(payload: DataView): Decoded<NavSat, UbxRejection> {
  if (payload.byteLength < HEADER_BYTES) return rejected('wrong-length');
  if (payload.getUint8(4) !== VERSION) return rejected('wrong-version');
  const count = payload.getUint8(5);
  if (payload.byteLength !== HEADER_BYTES + count * BLOCK_BYTES) return rejected('wrong-length');
  const satellites = Array.from({ length: count }, (_, index) =>
    readBlock(payload, HEADER_BYTES + index * BLOCK_BYTES),
  );
  return decoded({ type: 'NAV-SAT', itowMs: payload.getUint32(0, true), satellites });
}

/** The inverse of {@link decodeNavSat}; at most 255 satellites. */
export function encodeNavSat(message: NavSat): DataView {
  const satellites = message.satellites.slice(0, MAX_SATELLITES);
  const payload = new DataView(new ArrayBuffer(HEADER_BYTES + satellites.length * BLOCK_BYTES));
  payload.setUint32(0, message.itowMs, true);
  payload.setUint8(4, VERSION);
  payload.setUint8(5, satellites.length);
  for (const [index, satellite] of satellites.entries()) {
    writeBlock(payload, HEADER_BYTES + index * BLOCK_BYTES, satellite);
  }
  return payload;
}

function readBlock(payload: DataView, offset: number): NavSatSatellite {
  const flags = payload.getUint32(offset + 8, true);
  const signalDbHz = payload.getUint8(offset + 2);
  const isKnown = isDirectionKnown(payload, offset + 3);
  return {
    system: systemOfGnssId(payload.getUint8(offset)),
    id: payload.getUint8(offset + 1),
    signalDbHz: signalDbHz === 0 ? undefined : signalDbHz,
    elevationDeg: isKnown ? payload.getInt8(offset + 3) : undefined,
    azimuthDeg: isKnown ? payload.getInt16(offset + 4, true) : undefined,
    pseudorangeResidualM: payload.getInt16(offset + 6, true) / 10,
    signalQuality: flags & 0x07,
    isUsed: hasBit(flags, 3),
    health: nameAt(HEALTHS, (flags >> 4) & 0x03, 'unknown'),
    isDifferential: hasBit(flags, 6),
    hasEphemeris: hasBit(flags, 11),
    hasAlmanac: hasBit(flags, 12),
  };
}

function writeBlock(payload: DataView, offset: number, satellite: NavSatSatellite): void {
  payload.setUint8(offset, gnssIdOfSystem(satellite.system));
  payload.setUint8(offset + 1, satellite.id);
  payload.setUint8(offset + 2, satellite.signalDbHz ?? 0);
  writeDirection(payload, offset + 3, satellite);
  payload.setInt16(offset + 6, Math.round(satellite.pseudorangeResidualM * 10), true);
  const flags =
    satellite.signalQuality |
    (packBits(satellite.isUsed) << 3) |
    (HEALTHS.indexOf(satellite.health) << 4) |
    (packBits(satellite.isDifferential) << 6) |
    (packBits(satellite.hasEphemeris, satellite.hasAlmanac) << 11);
  payload.setUint32(offset + 8, flags, true);
}

const HEALTHS = ['unknown', 'healthy', 'unhealthy'] as const satisfies readonly SatelliteHealth[];
const VERSION = 1;
const HEADER_BYTES = 8;
const BLOCK_BYTES = 12;
const MAX_SATELLITES = 0xff;
