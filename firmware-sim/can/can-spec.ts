import type { SlcanBitrate } from '#devices/can/slcan/slcan-command.ts';
import type { TroubleCode } from '#firmware-sim/bus/fault-memory.ts';

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
  /** Frames that the adapter holds for a host that does not keep up. */
  readonly queueFrames: number;
  /** Only of the bus `load`. */
  readonly framesPerSecond: number;
  /** Only of the bus `load`: different identifiers. */
  readonly messageCount: number;
}

/** `lawicel`: acknowledges every command. `canable`: acknowledges none, and knows fewer. */
export type AdapterKind = (typeof ADAPTER_KINDS)[number];
export const ADAPTER_KINDS = ['lawicel', 'canable'] as const;

/** Whose control units are on it; `load` is one that is full of made-up messages. */
export type BusKind = (typeof BUS_KINDS)[number];
export const BUS_KINDS = ['passenger', 'truck', 'load'] as const;

/** What can go wrong at an adapter or on its bus, besides what can at every port. */
export type CanFault =
  /** The control units fall silent; with `ignitionOn` they begin anew. */
  | { readonly do: 'ignitionOff'; readonly port: string }
  | { readonly do: 'ignitionOn'; readonly port: string }
  /** The adapter has left the bus: no frames until its channel is closed and opened again. */
  | { readonly do: 'busOff'; readonly port: string }
  /** The status shows them for that long. */
  | {
      readonly do: 'errorFlags';
      readonly port: string;
      readonly flags: readonly ErrorFlag[];
      readonly durationMs: number;
    }
  /** The adapter sends nothing for that long: its memory fills, and frames are lost. */
  | { readonly do: 'overrun'; readonly port: string; readonly durationMs: number }
  /** A control unit of the truck raises or clears a trouble code. */
  | ({ readonly do: 'dtc'; readonly port: string; readonly unit: string; readonly isActive: boolean } & TroubleCode)
  /** Another node takes the address of a control unit of the truck. */
  | { readonly do: 'readdress'; readonly port: string; readonly unit: string };

/** States of a CAN controller that has seen errors. */
export type ErrorFlag = (typeof ERROR_FLAGS)[number];
export const ERROR_FLAGS = ['warning', 'passive', 'busError'] as const;

/** Bit rates of a scenario that does not say. */
export const DEFAULT_BITRATES: Readonly<Record<BusKind, SlcanBitrate>> = {
  passenger: 500_000,
  truck: 250_000,
  load: 1_000_000,
};

/** What a scenario does not state is as here. */
export const DEFAULT_CAN = {
  name: 'can',
  adapter: 'lawicel',
  bus: 'passenger',
  queueFrames: 512,
  framesPerSecond: 1_000,
  messageCount: 100,
} as const satisfies Partial<CanSpec>;

/** The most that a bus of 1 Mbit/s carries of the load's frames, which have 7 bytes on average. */
export const MAX_FRAMES_PER_SECOND = 9_000;
/** The most identifiers of the bus `load`. */
export const MAX_LOAD_MESSAGES = 512;
/** The most frames that an adapter holds. */
export const MAX_QUEUE_FRAMES = 65_536;
