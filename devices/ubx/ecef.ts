/** Earth-centred, earth-fixed (WGS 84): x through Greenwich, z through the north pole. */
export interface Ecef {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** Three components in hundredths, four bytes each. */
export function readEcef(payload: DataView, offset: number): Ecef {
  return {
    x: payload.getInt32(offset, true) / 100,
    y: payload.getInt32(offset + 4, true) / 100,
    z: payload.getInt32(offset + 8, true) / 100,
  };
}

/** The inverse of {@link readEcef}; what is not stated is 0. */
export function writeEcef(payload: DataView, offset: number, ecef: Ecef | undefined): void {
  payload.setInt32(offset, Math.round((ecef?.x ?? 0) * 100), true);
  payload.setInt32(offset + 4, Math.round((ecef?.y ?? 0) * 100), true);
  payload.setInt32(offset + 8, Math.round((ecef?.z ?? 0) * 100), true);
}
