/**
 * What a CAN controller under Linux says of errors: no traffic of the bus.
 *
 * @see Linux `include/uapi/linux/can/error.h`
 */
export interface CanErrorFrame {
  /** The classes of the error, {@link CAN_ERROR_CLASSES}. */
  readonly classes: number;
  /** 8 bytes; `data[1]` says of the controller what {@link CAN_CONTROLLER_FLAGS} name. */
  readonly data: Uint8Array;
}

/** Bits of `classes`. */
export const CAN_ERROR_CLASSES = {
  transmitTimeout: 0x001,
  lostArbitration: 0x002,
  controller: 0x004,
  protocol: 0x008,
  transceiver: 0x010,
  noAcknowledgement: 0x020,
  busOff: 0x040,
  busError: 0x080,
  restarted: 0x100,
} as const;

/** Bits of `data[1]` where the class `controller` is set. */
export const CAN_CONTROLLER_FLAGS = {
  receiveOverflow: 0x01,
  transmitOverflow: 0x02,
  receiveWarning: 0x04,
  transmitWarning: 0x08,
  receivePassive: 0x10,
  transmitPassive: 0x20,
  active: 0x40,
} as const;

/** How well a controller takes part in its bus; `unknown` where nothing can tell. */
export type CanBusState = 'unknown' | 'active' | 'warning' | 'passive' | 'busOff';

/** The state that an error frame tells; absent where it tells of something else. */
export function busStateOf({ classes, data }: CanErrorFrame): CanBusState | undefined {
  if ((classes & CAN_ERROR_CLASSES.busOff) !== 0) return 'busOff';
  if ((classes & CAN_ERROR_CLASSES.restarted) !== 0) return 'active';
  if ((classes & CAN_ERROR_CLASSES.controller) === 0) return undefined;
  const { receiveWarning, transmitWarning, receivePassive, transmitPassive, active } = CAN_CONTROLLER_FLAGS;
  const flags = data[1] ?? 0;
  if ((flags & (receivePassive | transmitPassive)) !== 0) return 'passive';
  if ((flags & (receiveWarning | transmitWarning)) !== 0) return 'warning';
  return (flags & active) !== 0 ? 'active' : undefined;
}
