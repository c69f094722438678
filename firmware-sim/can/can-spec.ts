import type { SlcanBitrate } from '#devices/can/slcan/slcan-command.ts';

/** An SLCAN adapter of a scenario, and the bus that it is on. */
export interface CanSpec {
  readonly kind: 'can';
  /** Lower-case letters, digits and hyphens; names the port. */
  readonly name: string;
  readonly adapter: AdapterKind;
  readonly bus: BusKind;
  /** Of the bus, bits a second. A host that sets another one hears nothing. */
  readonly bitrate: SlcanBitrate;
  /** Of the adapter's UART; absent: USB of its own, as fast as the bus. */
  readonly baud?: number;
}

/** `lawicel`: acknowledges every command. `canable`: acknowledges none, and knows fewer. */
export type AdapterKind = (typeof ADAPTER_KINDS)[number];
export const ADAPTER_KINDS = ['lawicel', 'canable'] as const;

/** Whose control units are on it. */
export type BusKind = (typeof BUS_KINDS)[number];
export const BUS_KINDS = ['passenger'] as const;

/** What can go wrong at an adapter or on its bus, besides what can at every port. */
export type CanFault = { readonly do: 'busOff'; readonly port: string };

export const DEFAULT_CAN: CanSpec = {
  kind: 'can',
  name: 'can',
  adapter: 'lawicel',
  bus: 'passenger',
  bitrate: 500_000,
};
