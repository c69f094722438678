/** Where a satellite stands; both undefined while that is not known. */
export interface SkyDirection {
  /** Over the horizon, -90 to 90. */
  readonly elevationDeg: number | undefined;
  /** True, 0 to 360. */
  readonly azimuthDeg: number | undefined;
}

/** Elevation, one byte, and azimuth, two, as NAV-SAT and NAV-SVINFO have them: a value out of its range says «unknown», for both. */
export function readDirection(payload: DataView, offset: number): SkyDirection {
  const elevationDeg = payload.getInt8(offset);
  const azimuthDeg = payload.getInt16(offset + 1, true);
  const isKnown = Math.abs(elevationDeg) <= 90 && azimuthDeg >= 0 && azimuthDeg <= 360;
  return isKnown ? { elevationDeg, azimuthDeg } : UNKNOWN;
}

/** The inverse of {@link readDirection}. */
export function writeDirection(payload: DataView, offset: number, { elevationDeg, azimuthDeg }: SkyDirection): void {
  payload.setInt8(offset, elevationDeg ?? UNKNOWN_ELEVATION);
  payload.setInt16(offset + 1, azimuthDeg ?? 0, true);
}

const UNKNOWN: SkyDirection = { elevationDeg: undefined, azimuthDeg: undefined };
/** What receivers state then. */
const UNKNOWN_ELEVATION = -91;
