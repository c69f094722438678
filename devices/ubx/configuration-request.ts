import type { Setting } from './cfg-valset.ts';
import { encodeUbxMessage, MESSAGE_KEYS } from './ubx-message.ts';

/** What a receiver is asked to do. What is not named stays as it is. */
export interface ReceiverConfiguration {
  /** Positions a second. */
  readonly rateHz?: number | undefined;
  /** With every n-th position, 0 never. */
  readonly messages?: Readonly<Partial<Record<ConfigurableMessage, number>>> | undefined;
  /** Which of its own ports the receiver is read by. Generation 9 and later want to know; older ones take that which they are asked by. */
  readonly port: ReceiverPort;
}

/** A message whose rate can be set: of UBX, or a sentence of NMEA 0183. */
export type ConfigurableMessage = keyof typeof OUTPUT_KEYS;

/** A port of a receiver of generation 9 and later. */
export type ReceiverPort = keyof typeof PORT_OFFSETS;

/** Generation 9 and later take settings by key (CFG-VALSET), older ones have a message for each (CFG-RATE, CFG-MSG). */
export type ConfigurationDialect = 'keys' | 'messages';

/** One step of a configuration: a frame that a receiver answers with ACK-ACK or ACK-NAK. */
export interface ConfigurationRequest {
  /** What is set: `rateHz` or the name of a message. */
  readonly what: 'rateHz' | ConfigurableMessage;
  readonly frame: Uint8Array;
}

/** The first protocol that knows CFG-VALSET: u-blox 9. */
export const FIRST_PROTOCOL_WITH_KEYS = 27;

/**
 * The frames to send, one setting each: what one receiver does not know costs that setting alone. All of it is kept in the receiver's memory only
 * until its power is cut.
 */
export function configurationRequests(
  configuration: ReceiverConfiguration,
  dialect: ConfigurationDialect,
): readonly ConfigurationRequest[] {
  const { rateHz, messages = {}, port } = configuration;
  const requests: ConfigurationRequest[] = [];
  if (rateHz !== undefined) requests.push({ what: 'rateHz', frame: rateFrame(Math.round(1000 / rateHz), dialect) });
  for (const name of CONFIGURABLE_MESSAGES) {
    const rate = messages[name];
    if (rate !== undefined) requests.push({ what: name, frame: messageFrame(name, rate, port, dialect) });
  }
  return requests;
}

/** Asks what a receiver is: it answers with MON-VER. */
export const VERSION_POLL: Uint8Array = Uint8Array.of(0xb5, 0x62, 0x0a, 0x04, 0x00, 0x00, 0x0e, 0x34);

function rateFrame(measurementIntervalMs: number, dialect: ConfigurationDialect): Uint8Array {
  if (dialect === 'keys') return valset([{ key: MEASUREMENT_INTERVAL_KEY, value: measurementIntervalMs }]);
  return encodeUbxMessage({
    type: 'CFG-RATE',
    measurementIntervalMs,
    measurementsPerSolution: 1,
    timeReference: 'utc',
  });
}

function messageFrame(
  name: ConfigurableMessage,
  rate: number,
  port: ReceiverPort,
  dialect: ConfigurationDialect,
): Uint8Array {
  if (dialect === 'keys') return valset([{ key: OUTPUT_KEYS[name] + PORT_OFFSETS[port], value: rate }]);
  const key = isSentence(name) ? (SENTENCE_CLASS << 8) | SENTENCE_IDS[name] : MESSAGE_KEYS[name];
  return encodeUbxMessage({ type: 'CFG-MSG', messageClass: key >> 8, messageId: key & 0xff, rates: [rate] });
}

function valset(settings: readonly Setting[]): Uint8Array {
  return encodeUbxMessage({ type: 'CFG-VALSET', layers: ['ram'], settings });
}

function isSentence(name: ConfigurableMessage): name is keyof typeof SENTENCE_IDS {
  return name in SENTENCE_IDS;
}

/** CFG-RATE-MEAS, in milliseconds. */
const MEASUREMENT_INTERVAL_KEY = 0x3021_0001;

/** CFG-MSGOUT-… of the first port, I2C; the others follow. @see u-blox F9 interface description, CFG-MSGOUT */
const OUTPUT_KEYS = {
  'NAV-PVT': 0x2091_0006,
  'NAV-SAT': 0x2091_0015,
  'NAV-STATUS': 0x2091_001a,
  'NAV-DOP': 0x2091_0038,
  'NAV-TIMELS': 0x2091_0060,
  'NAV-EOE': 0x2091_015f,
  'ESF-STATUS': 0x2091_0105,
  'MON-HW': 0x2091_01b4,
  'MON-RF': 0x2091_0359,
  RMC: 0x2091_00ab,
  VTG: 0x2091_00b0,
  GNS: 0x2091_00b5,
  GGA: 0x2091_00ba,
  GSA: 0x2091_00bf,
  GSV: 0x2091_00c4,
  GLL: 0x2091_00c9,
  GST: 0x2091_00d3,
  ZDA: 0x2091_00d8,
} as const;

const PORT_OFFSETS = { i2c: 0, uart1: 1, uart2: 2, usb: 3, spi: 4 } as const;

/** How CFG-MSG names the sentences of NMEA 0183. */
const SENTENCE_CLASS = 0xf0;
const SENTENCE_IDS = {
  GGA: 0x00,
  GLL: 0x01,
  GSA: 0x02,
  GSV: 0x03,
  RMC: 0x04,
  VTG: 0x05,
  GST: 0x07,
  ZDA: 0x08,
  GNS: 0x0d,
} as const;

/** All names, in a fixed order. */
export const CONFIGURABLE_MESSAGES = Object.keys(OUTPUT_KEYS) as readonly ConfigurableMessage[]; // The object literal above has these keys only.

/** All names, in a fixed order. */
export const RECEIVER_PORTS = Object.keys(PORT_OFFSETS) as readonly ReceiverPort[]; // As above.
