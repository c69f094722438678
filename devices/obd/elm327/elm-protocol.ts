/** How the lines of a bus look. */
export type ElmBus = 'j1850' | 'iso' | 'kwp' | 'can11' | 'can29';

/** One bus that an adapter speaks. */
export interface ElmProtocol {
  /** What `AT SP` calls it. */
  readonly number: string;
  readonly name: string;
  readonly bus: ElmBus;
}

/** By the name that a configuration uses. J1939 answers no such questions. @see ELM327 data sheet, "AT SP" */
export const ELM_PROTOCOLS = {
  j1850Pwm: { number: '1', name: 'J1850 PWM', bus: 'j1850' },
  j1850Vpw: { number: '2', name: 'J1850 VPW', bus: 'j1850' },
  iso9141: { number: '3', name: 'ISO 9141-2', bus: 'iso' },
  kwp5Baud: { number: '4', name: 'ISO 14230-4 (KWP), 5 baud', bus: 'kwp' },
  kwpFast: { number: '5', name: 'ISO 14230-4 (KWP), fast', bus: 'kwp' },
  can11Bit500k: { number: '6', name: 'ISO 15765-4 (CAN), 11 bit, 500 kbit/s', bus: 'can11' },
  can29Bit500k: { number: '7', name: 'ISO 15765-4 (CAN), 29 bit, 500 kbit/s', bus: 'can29' },
  can11Bit250k: { number: '8', name: 'ISO 15765-4 (CAN), 11 bit, 250 kbit/s', bus: 'can11' },
  can29Bit250k: { number: '9', name: 'ISO 15765-4 (CAN), 29 bit, 250 kbit/s', bus: 'can29' },
} as const satisfies Record<string, ElmProtocol>;

/** What a configuration may name. */
export type ElmProtocolName = keyof typeof ELM_PROTOCOLS;

/** What `AT DPN` answers: `A6` (found by searching) and `6` are the same bus. @returns undefined for one that is not known */
export function protocolOf(text: string): ElmProtocol | undefined {
  const number = /^A?([1-9])$/.exec(text)?.[1];
  return Object.values(ELM_PROTOCOLS).find((protocol) => protocol.number === number);
}
