/**
 * The protocols that an ELM327 knows, by the digit that `AT SP` takes and `AT DPN` gives.
 *
 * @see ELM327 data sheet, «AT Command Descriptions», SP
 */
export const OBD_PROTOCOLS = {
  '0': 'AUTO',
  '1': 'SAE J1850 PWM',
  '2': 'SAE J1850 VPW',
  '3': 'ISO 9141-2',
  '4': 'ISO 14230-4 (KWP 5BAUD)',
  '5': 'ISO 14230-4 (KWP FAST)',
  '6': 'ISO 15765-4 (CAN 11/500)',
  '7': 'ISO 15765-4 (CAN 29/500)',
  '8': 'ISO 15765-4 (CAN 11/250)',
  '9': 'ISO 15765-4 (CAN 29/250)',
  A: 'SAE J1939 (CAN 29/250)',
  B: 'USER1 (CAN 11/125)',
  C: 'USER2 (CAN 11/50)',
} as const;

/** One digit of {@link OBD_PROTOCOLS}; `0` is none yet. */
export type ObdProtocolDigit = keyof typeof OBD_PROTOCOLS;

/** Those that a simulated vehicle can speak: ISO 15765-4, 11 and 29 bits, and Keyword Protocol 2000. */
export const VEHICLE_PROTOCOLS = ['5', '6', '7', '8', '9'] as const satisfies readonly ObdProtocolDigit[];
export type VehicleProtocol = (typeof VEHICLE_PROTOCOLS)[number];

export function isProtocolDigit(digit: string): digit is ObdProtocolDigit {
  return Object.hasOwn(OBD_PROTOCOLS, digit);
}

/** Whether it runs over CAN. */
export function isCanProtocol(digit: ObdProtocolDigit): boolean {
  return digit >= '6';
}

/** Whether its identifiers have 29 bits. */
export function hasLongIds(digit: ObdProtocolDigit): boolean {
  return digit === '7' || digit === '9' || digit === 'A';
}

/** Protocols 6 to C, by the speed of the bus in kbit/s: at another speed nothing is understood. */
export function busSpeedOf(digit: ObdProtocolDigit): number | undefined {
  return BUS_SPEEDS[digit];
}

const BUS_SPEEDS: Readonly<Partial<Record<ObdProtocolDigit, number>>> = {
  '6': 500,
  '7': 500,
  '8': 250,
  '9': 250,
  A: 250,
  B: 125,
  C: 50,
};
