import {
  BAUD_RATES,
  DEFAULT_RECEIVER,
  MAX_RATE_HZ,
  MESSAGE_NAMES,
  RECEIVER_PROTOCOLS,
  type ReceiverSpec,
  SENTENCE_NAMES,
  START_KINDS,
} from '#firmware-sim/receiver/receiver-spec.ts';
import { SATELLITE_SYSTEMS } from '#firmware-sim/sky/almanac.ts';
import { isBoolean, ObjectReader, readPortName } from './object-reader.ts';

/** The most receivers on one vehicle. */
export const MAX_RECEIVERS = 8;

/**
 * Reads the section `receivers`.
 *
 * @param problems is added to
 */
export function readReceivers(value: unknown, problems: string[]): readonly ReceiverSpec[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_RECEIVERS) {
    problems.push(`receivers: an array of 1 to ${MAX_RECEIVERS} receivers is expected`);
    return [];
  }
  return value.map((entry, index) => readReceiver(entry, `receivers[${index}]`, problems));
}

function readReceiver(value: unknown, place: string, problems: string[]): ReceiverSpec {
  const read = new ObjectReader(value, place, problems);
  const receiver = {
    name: readPortName(read, DEFAULT_RECEIVER.name),
    baud: readBaud(read),
    rateHz: read.number('rateHz', RATE) ?? DEFAULT_RECEIVER.rateHz,
    protocol: read.oneOf('protocol', RECEIVER_PROTOCOLS, DEFAULT_RECEIVER.protocol) ?? DEFAULT_RECEIVER.protocol,
    sentences: read.listOf('sentences', SENTENCE_NAMES, DEFAULT_RECEIVER.sentences),
    messages: read.listOf('messages', MESSAGE_NAMES, DEFAULT_RECEIVER.messages),
    systems: readSystems(read),
    start: read.oneOf('start', START_KINDS, DEFAULT_RECEIVER.start) ?? DEFAULT_RECEIVER.start,
    antennaOffsetM: readOffset(read, problems),
    deadReckoning: read.optional('deadReckoning', isBoolean, 'true or false') ?? DEFAULT_RECEIVER.deadReckoning,
    errorScale: read.number('errorScale', ERROR_SCALE) ?? DEFAULT_RECEIVER.errorScale,
  };
  read.finish();
  return receiver;
}

const RATE = {
  min: 1,
  max: MAX_RATE_HZ,
  isInteger: true,
  expectation: `epochs a second, 1 to ${MAX_RATE_HZ}`,
} as const;
const ERROR_SCALE = { min: 0, max: 100, expectation: 'a factor, 0 to 100' } as const;
const OFFSET = { min: -100, max: 100, expectation: 'metres, -100 to 100' } as const;
function readBaud(read: ObjectReader): number {
  const isBaud = (baud: unknown): baud is number => BAUD_RATES.some((known) => known === baud);
  return read.optional('baud', isBaud, `one of ${BAUD_RATES.join(', ')}`) ?? DEFAULT_RECEIVER.baud;
}

/** In the order in which receivers name them, whatever the order in the file. */
function readSystems(read: ObjectReader): ReceiverSpec['systems'] {
  const chosen = read.listOf('systems', SATELLITE_SYSTEMS, DEFAULT_RECEIVER.systems);
  if (chosen.length === 0) read.problem('systems', 'at least one system is expected');
  return SATELLITE_SYSTEMS.filter((system) => chosen.includes(system));
}

function readOffset(read: ObjectReader, problems: string[]): ReceiverSpec['antennaOffsetM'] {
  if (!read.has('antennaOffsetM')) return DEFAULT_RECEIVER.antennaOffsetM;
  const offset = new ObjectReader(read.raw('antennaOffsetM'), read.placeOf('antennaOffsetM'), problems);
  const [forward, right, up] = ['forward', 'right', 'up'].map((direction) => offset.number(direction, OFFSET) ?? 0);
  offset.finish();
  return { forward: forward ?? 0, right: right ?? 0, up: up ?? 0 };
}
