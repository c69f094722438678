import { execFile } from 'node:child_process';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { encodeNmeaSentence } from '#devices/nmea0183/nmea-sentence.ts';
import { openPseudoTerminal, type PseudoTerminal } from '#firmware-sim/serial/pseudo-terminal.ts';

const run = promisify(execFile);
const TICK_MS = 100;
/** How often `stty` is started. */
const ASK_EVERY_TICKS = 4;
/** A start bit, eight data bits, a stop bit. */
const BITS_PER_BYTE = 10;

/**
 * A receiver on a pseudo-terminal that is only understood at its own rate: it sends no faster than that, and at any other rate of the
 * reader (which `stty` tells) its bytes arrive as noise. One epoch of two sentences every fifth of a second.
 */
export class PacedReceiver implements AsyncDisposable {
  /** The rates at which it was listened to, in order. */
  readonly rates: number[] = [];
  readonly #terminal: PseudoTerminal;
  readonly #link: string;
  readonly #baud: number;
  readonly #timer: NodeJS.Timeout;
  #waiting: Uint8Array = new Uint8Array();
  #tickCount = 0;
  #isAsking = false;
  readonly #written: Uint8Array[] = [];

  constructor(terminal: PseudoTerminal, link: string, baud: number) {
    this.#terminal = terminal;
    this.#link = link;
    this.#baud = baud;
    this.#timer = setInterval(() => void this.#tick(), TICK_MS);
  }

  /** Plugs it in: `link` leads to it until it is disposed of. */
  static async open(link: string, baud: number): Promise<PacedReceiver> {
    const terminal = openPseudoTerminal();
    await mkdir(dirname(link), { recursive: true });
    await rm(link, { force: true });
    await symlink(terminal.path, link);
    return new PacedReceiver(terminal, link, baud);
  }

  /** What was written to it. */
  get written(): Uint8Array {
    return Buffer.concat(this.#written);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await rm(this.#link, { force: true });
    this.#terminal.close();
  }

  async #askRate(): Promise<void> {
    this.#isAsking = true;
    const rate = await readRate(this.#terminal.path);
    this.#isAsking = false;
    if (rate !== undefined && this.rates.at(-1) !== rate) this.rates.push(rate);
  }

  async #tick(): Promise<void> {
    const { isReaderThere, bytes } = this.#terminal.read();
    if (bytes.length > 0) this.#written.push(bytes);
    if (!isReaderThere || this.#isAsking) return;
    if (this.#tickCount % ASK_EVERY_TICKS === 0) await this.#askRate();
    const rate = this.rates.at(-1);
    if (this.#tickCount++ % 2 === 0) this.#waiting = Buffer.concat([this.#waiting, epoch(this.#tickCount)]);
    const budget = Math.floor((this.#baud / BITS_PER_BYTE) * (TICK_MS / 1000));
    const sent = this.#waiting.subarray(0, budget);
    // A serial line does not wait: what is not taken is lost.
    this.#waiting = this.#waiting.subarray(budget).slice(0, budget);
    this.#terminal.write(rate === this.#baud ? sent : sent.map((byte) => (byte * 7) ^ 0xa5));
  }
}

async function readRate(path: string): Promise<number | undefined> {
  try {
    return Number((await run('stty', ['-F', path, 'speed'])).stdout);
  } catch {
    return undefined;
  }
}

function epoch(count: number): Buffer {
  const time = `12${String(Math.floor(count / 600) % 60).padStart(2, '0')}${String(Math.floor(count / 10) % 60).padStart(2, '0')}.${count % 10}0`;
  const place = ['4807.038', 'N', '01131.000', 'E'];
  const sentences = [
    { talker: 'GP', type: 'RMC', fields: [time, 'A', ...place, '10.0', '084.4', '201126', '', '', 'A'] },
    { talker: 'GP', type: 'GGA', fields: [time, ...place, '1', '08', '0.9', '545.4', 'M', '46.9', 'M', '', ''] },
  ];
  return Buffer.from(sentences.map((sentence) => `${encodeNmeaSentence(sentence)}\r\n`).join(''));
}
