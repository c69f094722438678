import { isSlcanBitrate, SLCAN_BITRATES, type SlcanBitrate } from '#devices/can/slcan/slcan-command.ts';
import { TRUCK_UNITS } from '#firmware-sim/bus/truck-units.ts';
import {
  ADAPTER_KINDS,
  BUS_KINDS,
  type CanFault,
  type CanSpec,
  DEFAULT_BITRATES,
  DEFAULT_CAN,
  ERROR_FLAGS,
  MAX_FRAMES_PER_SECOND,
  MAX_LOAD_MESSAGES,
  MAX_QUEUE_FRAMES,
} from '#firmware-sim/can/can-spec.ts';
import { BAUD_RATES } from '#firmware-sim/receiver/receiver-spec.ts';
import type { DeviceSection } from './device-section.ts';
import { isBoolean, type ObjectReader, readPortName } from './object-reader.ts';
import { DURATION } from './step-section.ts';

/** The section `can`: SLCAN adapters, each on a bus. */
export const CAN_SECTION: DeviceSection = {
  readDevice: readCan,
  faults: {
    ignitionOff: (_read, port) => ({ do: 'ignitionOff', port }),
    ignitionOn: (_read, port) => ({ do: 'ignitionOn', port }),
    busOff: (_read, port) => ({ do: 'busOff', port }),
    errorFlags: readErrorFlags,
    overrun: (read, port) => ({ do: 'overrun', port, durationMs: readDuration(read) }),
    dtc: readDtc,
    readdress: (read, port) => ({ do: 'readdress', port, unit: readUnit(read, 'tyres') }),
  },
};

function readCan(read: ObjectReader): CanSpec {
  const bus = read.oneOf('bus', BUS_KINDS, DEFAULT_CAN.bus) ?? DEFAULT_CAN.bus;
  const baud = read.optional('baud', isBaud, `one of ${BAUD_RATES.join(', ')}`);
  for (const key of ['framesPerSecond', 'messageCount'])
    if (bus !== 'load' && read.has(key)) read.problem(key, 'only of the bus load');
  return {
    kind: 'can',
    name: readPortName(read, DEFAULT_CAN.name),
    adapter: read.oneOf('adapter', ADAPTER_KINDS, DEFAULT_CAN.adapter) ?? DEFAULT_CAN.adapter,
    bus,
    bitrate: read.optional('bitrate', isBitrate, `one of ${SLCAN_BITRATES.join(', ')}`) ?? DEFAULT_BITRATES[bus],
    queueFrames: readCount(read, 'queueFrames', MAX_QUEUE_FRAMES) ?? DEFAULT_CAN.queueFrames,
    framesPerSecond: readCount(read, 'framesPerSecond', MAX_FRAMES_PER_SECOND) ?? DEFAULT_CAN.framesPerSecond,
    messageCount: readCount(read, 'messageCount', MAX_LOAD_MESSAGES) ?? DEFAULT_CAN.messageCount,
    ...(baud === undefined ? {} : { baud }),
  };
}

function readErrorFlags(read: ObjectReader, port: string): CanFault {
  const flags = read.listOf('flags', ERROR_FLAGS, ERROR_FLAGS);
  return { do: 'errorFlags', port, flags, durationMs: readDuration(read) };
}

function readDtc(read: ObjectReader, port: string): CanFault {
  const unit = readUnit(read, 'engine');
  const isActive = read.optional('isActive', isBoolean, 'true or false') ?? true;
  const [spn, fmi] = [readNumber(read, 'spn', MAX_SPN), readNumber(read, 'fmi', MAX_FMI)];
  return { do: 'dtc', port, unit, spn, fmi, isActive };
}

/** 19 bits, of which the highest numbers are none. */
const MAX_SPN = 0x7_fdff;
const MAX_FMI = 31;

/** One that must be there. */
function readNumber(read: ObjectReader, key: string, max: number): number {
  const expectation = `a whole number, 0 to ${max}`;
  if (!read.has(key)) read.problem(key, expectation);
  return read.number(key, { min: 0, max, isInteger: true, expectation }) ?? 0;
}

function readCount(read: ObjectReader, key: string, max: number): number | undefined {
  return read.number(key, { min: 1, max, isInteger: true, expectation: `a whole number, 1 to ${max}` });
}

function readDuration(read: ObjectReader): number {
  if (!read.has('durationMs')) read.problem('durationMs', DURATION.expectation);
  return read.number('durationMs', DURATION) ?? 0;
}

function readUnit(read: ObjectReader, byDefault: string): string {
  const isUnit = (value: unknown): value is string => TRUCK_UNIT_NAMES.some((name) => name === value);
  return read.optional('unit', isUnit, `one of ${TRUCK_UNIT_NAMES.join(', ')}`) ?? byDefault;
}

const TRUCK_UNIT_NAMES = TRUCK_UNITS.map(({ name }) => name);

function isBaud(value: unknown): value is number {
  return BAUD_RATES.some((known) => known === value);
}

function isBitrate(value: unknown): value is SlcanBitrate {
  return typeof value === 'number' && isSlcanBitrate(value);
}
