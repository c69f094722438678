/** Where a satellite stands; both undefined while that is not known. */
export interface SkyDirection {
  /** Over the horizon, -90 to 90. */
  readonly elevationDeg: number | undefined;
  /** True, 0 to 360. */
  readonly azimuthDeg: number | undefined;
}

/** Whether elevation, one byte, and azimuth, two, as NAV-SAT and NAV-SVINFO have them, are in their range: if one is not, neither is known. */
export function isDirectionKnown(payload: DataView, offset: number): boolean {
  const azimuthDeg = payload.getInt16(offset + 1, true);
  return Math.abs(payload.getInt8(offset)) <= 90 && azimuthDeg >= 0 && azimuthDeg <= 360;
}

/** Writes both; what is not known is out of range. */
export function writeDirection(payload: DataView, offset: number, { elevationDeg, azimuthDeg }: SkyDirection): void {
  payload.setInt8(offset, elevationDeg ?? UNKNOWN_ELEVATION);
  payload.setInt16(offset + 1, azimuthDeg ?? 0, true);
}

/** What receivers state then. */
const UNKNOWN_ELEVATION = -91;
