import type { CanFrame } from '#devices/can/can-frame.ts';
import { openRandomStream } from '#firmware-sim/seeded-random.ts';
import type { CanBus } from './can-bus.ts';
import { PLAIN_BUS, type VehicleBus } from './vehicle-bus.ts';

/** How much a made-up bus says. */
export interface LoadSpec {
  readonly framesPerSecond: number;
  /** Different identifiers; their frames take turns. */
  readonly messageCount: number;
}

/**
 * A bus that is full: many identifiers, one frame after another at an even pace, values that move as those of vehicles do. What each
 * frame says follows from its count alone, so that a reader can tell what it missed.
 *
 * Every second message counts its frames, in two bytes, so each payload differs from the one before; the others repeat theirs until a
 * value moves. `Mode` is an enumeration that goes on by one, every {@link MODE_PERIOD} frames of its message.
 */
export function openLoadBus(bus: CanBus, { framesPerSecond, messageCount }: LoadSpec, seed: number): VehicleBus {
  const random = openRandomStream(seed);
  const messages = Array.from({ length: messageCount }, (_, index) => new LoadMessage(index, random));
  const gapMs = 1_000 / framesPerSecond;
  let next = 0;
  bus.every(gapMs, 0, () => {
    const message = messages[next % messageCount];
    next += 1;
    if (message !== undefined) bus.send(message.nextFrame());
  });
  return PLAIN_BUS;
}

/** Frames of a message from one step of its `Mode` to the next. */
export const MODE_PERIOD = 200;
/** `Mode` goes round. */
export const MODE_COUNT = 8;
const FIRST_ID = 0x100;
/** Frames of a message from one step of a slow value to the next. */
const SLOW_PERIOD = 20;

/** Bytes of the payload: two thirds of a second of a full bus of frames of 8 bytes do not fit a second. */
function sizeOf(index: number): 6 | 8 {
  return index % 4 < 2 ? 8 : 6;
}

function isCounting(index: number): boolean {
  return index % 2 === 0;
}

/** One identifier: see {@link composeLoadDbc} for its bits. */
class LoadMessage {
  readonly #id: number;
  readonly #index: number;
  readonly #random: () => number;
  readonly #data: Uint8Array;
  #count = 0;

  constructor(index: number, random: () => number) {
    this.#id = FIRST_ID + index;
    this.#index = index;
    this.#random = random;
    this.#data = new Uint8Array(sizeOf(index));
  }

  nextFrame(): CanFrame {
    const count = this.#count;
    const data = this.#data;
    this.#count += 1;
    if (isCounting(this.#index)) {
      data[0] = count & 0xff;
      data[1] = (count >>> 8) & 0xff;
    }
    const mode = Math.floor(count / MODE_PERIOD) % MODE_COUNT;
    const isOn = Math.floor(count / (3 * MODE_PERIOD)) % 2;
    data[2] = mode | (isOn << 3) | ((mode & 1) << 4);
    if (count % SLOW_PERIOD === 0) {
      data[3] = (128 + 100 * Math.sin(count / 500)) & 0xff;
      data[4] = (this.#random() * 4 + 40) & 0xff;
      data[5] = (count / SLOW_PERIOD) & 0xff;
      if (data.length > 6) {
        data[6] = (this.#random() * 256) & 0xff;
        data[7] = (200 - 50 * Math.cos(count / 900)) & 0xff;
      }
    }
    return { id: this.#id, isExtended: false, isRemote: false, data: data.slice() };
  }
}

/** The DBC of a bus of {@link openLoadBus}: eight signals a message, in both byte orders. */
export function composeLoadDbc({ messageCount }: Pick<LoadSpec, 'messageCount'>): string {
  const indices = Array.from({ length: messageCount }, (_, index) => index);
  const labels = Array.from({ length: MODE_COUNT }, (_, mode) => `${mode} "Mode ${mode}"`).join(' ');
  return [
    'VERSION ""\n\nNS_ :\n\nBS_:\n\nBU_: Load Gateway\n',
    ...indices.map((index) => [messageLine(index), ...signalLines(index)].join('\n')),
    ...indices.map((index) => `VAL_ ${FIRST_ID + index} Mode ${labels} ;`),
    '',
  ].join('\n');
}

/** Of the message with that place. */
export function loadMessageName(index: number): string {
  return `Load_${FIRST_ID + index}`;
}

function messageLine(index: number): string {
  return `BO_ ${FIRST_ID + index} ${loadMessageName(index)}: ${sizeOf(index)} Load`;
}

function signalLines(index: number): readonly string[] {
  const isLong = sizeOf(index) === 8;
  const counter = isCounting(index) ? 'Counter' : 'Reserved';
  return [
    ` SG_ ${counter} : 0|16@1+ (1,0) [0|65535] "" Gateway`,
    ' SG_ Mode : 16|3@1+ (1,0) [0|7] "" Gateway',
    ' SG_ IsOn : 19|1@1+ (1,0) [0|1] "" Gateway',
    ' SG_ Parity : 20|1@1+ (1,0) [0|1] "" Gateway',
    ' SG_ Wave : 24|8@1+ (0.5,-64) [-64|63.5] "A" Gateway',
    ' SG_ Level : 32|8@1+ (0.4,0) [0|102] "%" Gateway',
    isLong ? ' SG_ Steps : 47|8@0+ (1,0) [0|255] "" Gateway' : ' SG_ StepsHigh : 47|4@0+ (1,0) [0|15] "" Gateway',
    isLong
      ? ' SG_ Noise : 55|16@0+ (0.01,0) [0|655.35] "V" Gateway'
      : ' SG_ StepsLow : 43|4@0+ (1,0) [0|15] "" Gateway',
  ];
}
