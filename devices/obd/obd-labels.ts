type Labels = Readonly<Record<number, string>>;

/** PID 03, of one fuel system. @see SAE J1979, PID $03 */
export const FUEL_SYSTEM_STATES: Labels = {
  0: 'off',
  1: 'openLoopCold',
  2: 'closedLoop',
  4: 'openLoopLoad',
  8: 'openLoopFault',
  16: 'closedLoopFault',
};

/** PID 12. @see SAE J1979, PID $12 */
export const SECONDARY_AIR_STATES: Labels = { 1: 'upstream', 2: 'downstream', 4: 'atmosphereOrOff', 8: 'diagnostic' };

/** PID 1C, what the vehicle was built to. @see SAE J1979, PID $1C */
export const OBD_STANDARDS: Labels = {
  1: 'OBD II',
  2: 'OBD',
  3: 'OBD and OBD II',
  4: 'OBD I',
  5: 'none',
  6: 'EOBD',
  7: 'EOBD and OBD II',
  8: 'EOBD and OBD',
  9: 'EOBD, OBD and OBD II',
  10: 'JOBD',
  11: 'JOBD and OBD II',
  12: 'JOBD and EOBD',
  13: 'JOBD, EOBD and OBD II',
  17: 'EMD',
  18: 'EMD+',
  19: 'HD OBD-C',
  20: 'HD OBD',
  21: 'WWH OBD',
  23: 'HD EOBD-I',
  24: 'HD EOBD-I N',
  25: 'HD EOBD-II',
  26: 'HD EOBD-II N',
  28: 'OBDBr-1',
  29: 'OBDBr-2',
  30: 'KOBD',
  31: 'IOBD I',
  32: 'IOBD II',
  33: 'HD EOBD-IV',
};

/** PID 51. @see SAE J1979, PID $51 */
export const FUEL_TYPES: Labels = {
  1: 'gasoline',
  2: 'methanol',
  3: 'ethanol',
  4: 'diesel',
  5: 'lpg',
  6: 'cng',
  7: 'propane',
  8: 'electric',
  9: 'bifuelGasoline',
  10: 'bifuelMethanol',
  11: 'bifuelEthanol',
  12: 'bifuelLpg',
  13: 'bifuelCng',
  14: 'bifuelPropane',
  15: 'bifuelElectric',
  16: 'bifuelMixed',
  17: 'hybridGasoline',
  18: 'hybridEthanol',
  19: 'hybridDiesel',
  20: 'hybridElectric',
  21: 'hybridMixed',
  22: 'hybridRegenerative',
  23: 'bifuelDiesel',
};
