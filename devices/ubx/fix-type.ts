/** How a position came about; `timeOnly` and `none` have no position. */
export type UbxFixType = (typeof UBX_FIX_TYPES)[number];

/** By the number that NAV-PVT, NAV-SOL and NAV-STATUS state. */
export const UBX_FIX_TYPES = ['none', 'deadReckoning', '2d', '3d', 'gnssDeadReckoning', 'timeOnly'] as const;

/** Whether a fix of this type has a position at all [S2]. */
export function hasPosition(fixType: UbxFixType): boolean {
  return fixType !== 'none' && fixType !== 'timeOnly';
}

/** Whether carrier phase ambiguities are estimated (`float`) or solved (`fixed`): RTK. */
export type CarrierSolution = (typeof CARRIER_SOLUTIONS)[number];

/** By the number that NAV-PVT and NAV-STATUS state. */
export const CARRIER_SOLUTIONS = ['none', 'float', 'fixed'] as const;
