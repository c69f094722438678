import { encodeSlcanCommand } from '#devices/can/slcan/slcan-command.ts';
import { SlcanParser } from '#devices/can/slcan/slcan-parser.ts';
import { GnssDecoder } from '#devices/gps/gnss-decoder.ts';
import type { GnssEpoch } from '#devices/gps/gnss-epoch.ts';
import { ReceiverCensus } from '#devices/gps/receiver-census.ts';
import { encodeUbxFrame } from '#devices/ubx/ubx-frame.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import { type Clock, wait } from '#gateway/runtime/clock.ts';
import { BaudFinder } from './baud-finder.ts';
import { NEEDED_MESSAGES } from './baud-search.ts';
import type { OpenSerialLink, SerialLink } from './serial-link.ts';

/** How a port is probed. */
export interface ProbeSettings {
  readonly path: string;
  /** How long the rate is looked for. */
  readonly limitMs: number;
  /** The rate to begin with. */
  readonly remembered?: number;
  /** Whether the device may be written to: it is asked for its version. */
  readonly isAsking: boolean;
  readonly openLink: OpenSerialLink;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What is on a port. */
export interface ProbeResult {
  readonly kind: 'gnss' | 'slcan';
  readonly baud: number;
  /** How long was listened at that rate for what follows. */
  readonly listenedMs: number;
  /** Whole messages by name. */
  readonly messages: Readonly<Record<string, number>>;
  /** Those by protocol. */
  readonly protocols: Readonly<Record<string, number>>;
  /** The last epoch with a position, else the last one. */
  readonly epoch?: GnssEpoch;
  /** In the words of the device; only when it was asked. */
  readonly version?: readonly string[];
}

/** How long is listened at a rate that was found: a few epochs of a slow receiver. */
export const PROBE_LISTEN_MS = 5000;
const TICK_MS = 250;

/**
 * Opens a port, finds the rate, and says what is there. Unless it is told to ask, it writes nothing.
 *
 * @throws WaystationError `port.silent` when nothing came, `port.unintelligible` when it was no message, and what opening throws
 */
export async function probePort(settings: ProbeSettings): Promise<ProbeResult | undefined> {
  const { path, clock, remembered, signal } = settings;
  const listening: Listening = { heard: new Hearing(), receivedBytes: 0, failure: undefined };
  let link: SerialLink | undefined;
  const finder = new BaudFinder({
    ...{ path, clock },
    ...(remembered === undefined ? {} : { remembered }),
    setBaud: async (baud) => {
      const hasRate = (await link?.setBaud(baud)) ?? false;
      if (hasRate) ask(link, settings);
      return hasRate;
    },
    onChange: () => {},
  });
  link = await settings.openLink(
    { path, baud: finder.begin() },
    {
      onBytes(chunk) {
        listening.receivedBytes += chunk.length;
        finder.hear(chunk.length, listening.heard.push(chunk));
      },
      onClosed(reason) {
        listening.failure = new WaystationError(
          'port.failed',
          `Reading ${path}: ${reason?.message ?? 'it was closed'}`,
        );
      },
    },
  );
  try {
    ask(link, settings);
    const baud = await findRate(finder, listening, settings);
    if (baud === undefined) return undefined;
    // Only what came at that rate.
    listening.heard = new Hearing();
    ask(link, settings);
    const beganMs = clock.monotonicMs();
    await wait(clock, PROBE_LISTEN_MS, signal);
    return { baud, listenedMs: Math.round(clock.monotonicMs() - beganMs), ...listening.heard.result() };
  } finally {
    await link.close();
  }
}

interface Listening {
  heard: Hearing;
  receivedBytes: number;
  failure: WaystationError | undefined;
}

/** @returns undefined when the signal came first */
async function findRate(
  finder: BaudFinder,
  listening: Listening,
  settings: ProbeSettings,
): Promise<number | undefined> {
  const { clock, limitMs, path, signal } = settings;
  const endMs = clock.monotonicMs() + limitMs;
  while (!signal.aborted) {
    if (listening.failure !== undefined) throw listening.failure;
    if (finder.found !== undefined) return finder.found;
    if (clock.monotonicMs() >= endMs) {
      const { receivedBytes } = listening;
      if (receivedBytes === 0) throw new WaystationError('port.silent', `Probing ${path}: nothing came`);
      const found = `Probing ${path}: ${receivedBytes} bytes came, and at no rate a whole message`;
      throw new WaystationError('port.unintelligible', found);
    }
    await wait(clock, TICK_MS, signal);
    finder.hear(0, 0);
  }
  return undefined;
}

/** Asks a u-blox receiver and an SLCAN adapter at once: each takes the other's question for noise. */
function ask(link: SerialLink | undefined, { isAsking }: ProbeSettings): void {
  if (!isAsking) return;
  const flush = encodeSlcanCommand({ kind: 'flush' });
  link?.write(encodeUbxFrame({ messageClass: MON, messageId: VER, payload: new DataView(new ArrayBuffer(0)) }));
  link?.write(Buffer.concat([flush, flush, encodeSlcanCommand({ kind: 'version' })]));
}

const MON = 0x0a;
const VER = 0x04;

/** Everything that may be on a port listens to it at once. */
class Hearing {
  readonly #census = new ReceiverCensus();
  readonly #decoder = new GnssDecoder();
  readonly #slcan = new SlcanParser({
    onFrame: () => {
      this.#frameCount++;
    },
    onAnswer: (answer) => {
      if (answer.kind === 'version' || answer.kind === 'text') this.#adapterVersion = answer.text;
    },
  });
  #frameCount = 0;
  #adapterVersion: string | undefined;
  #epoch: GnssEpoch | undefined;

  /** @returns how many whole messages the chunk completed; an answer to a question is proof enough by itself */
  push(chunk: Uint8Array): number {
    const before = this.#count();
    this.#census.push(chunk);
    for (const epoch of this.#decoder.push(chunk)) this.#take(epoch);
    this.#slcan.push(chunk);
    return this.#count() - before;
  }

  result(): Omit<ProbeResult, 'baud' | 'listenedMs'> {
    for (const epoch of this.#decoder.flush()) this.#take(epoch);
    const { protocols, counts, version } = this.#census;
    const nmeaCount = this.#nmeaCount();
    const isReceiver = nmeaCount + protocols.ubx > 0;
    const words = isReceiver ? version : this.#adapterVersion === undefined ? undefined : [this.#adapterVersion];
    return {
      kind: isReceiver || (this.#frameCount === 0 && words === undefined) ? 'gnss' : 'slcan',
      messages: { ...Object.fromEntries(counts), ...nonZero('frame', this.#frameCount) },
      protocols: {
        ...nonZero('nmea0183', nmeaCount),
        ...nonZero('ubx', protocols.ubx),
        ...nonZero('rtcm3', protocols.rtcm3),
        ...nonZero('slcan', this.#frameCount),
      },
      ...(this.#epoch === undefined ? {} : { epoch: this.#epoch }),
      ...(words === undefined ? {} : { version: words }),
    };
  }

  #take(epoch: GnssEpoch): void {
    if (epoch.mode !== 'none' || this.#epoch === undefined || this.#epoch.mode === 'none') this.#epoch = epoch;
  }

  /** The decoder comes to trust receivers that send no checksums. */
  #nmeaCount(): number {
    return Math.max(this.#census.protocols.nmea0183, this.#decoder.messageCounts['nmea0183'] ?? 0);
  }

  #count(): number {
    const { protocols, version } = this.#census;
    const answers = (version === undefined ? 0 : 1) + (this.#adapterVersion === undefined ? 0 : 1);
    return this.#nmeaCount() + protocols.ubx + this.#frameCount + answers * NEEDED_MESSAGES;
  }
}

function nonZero(name: string, count: number): Readonly<Record<string, number>> {
  return count === 0 ? {} : { [name]: count };
}
