import type { Socket } from 'node:net';
import { type GpsdCommand, parseGpsdCommand } from './gpsd-command.ts';

/** A request, at most: what is longer is none. */
export const MAX_REQUEST_CHARS = 1024;
/** What a client has not read yet, at most; then it is let go. */
export const MAX_UNSENT_BYTES = 64 * 1024;
/** For who connects and asks for nothing to be told of. */
const IDLE_TIMEOUT_MS = 60_000;

/** What a client is answered with. */
export interface GpsdAnswers {
  version(): object;
  devices(): object;
  poll(): object;
}

/** One connection. It holds so much memory and no more, and ends at its own fault. */
export class GpsdClient {
  readonly #socket: Socket;
  readonly #answers: GpsdAnswers;
  readonly #onDropped: () => void;
  #pending = '';
  #isWatching = false;
  /** Only this one's reports; all without. */
  #device: string | undefined;

  constructor(socket: Socket, answers: GpsdAnswers, onDropped: () => void) {
    this.#socket = socket;
    this.#answers = answers;
    this.#onDropped = onDropped;
    socket.setNoDelay(true).setEncoding('latin1').setTimeout(IDLE_TIMEOUT_MS);
    socket.on('timeout', () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('data', (text) => this.#hear(String(text)));
    this.send(answers.version());
  }

  /** A report, to those who watch its device. */
  report(path: string, line: string): void {
    if (this.#isWatching && (this.#device === undefined || this.#device === path)) this.#write(line);
  }

  send(message: object): void {
    this.#write(gpsdLine(message));
  }

  end(): void {
    this.#socket.destroy();
  }

  #hear(text: string): void {
    // Requests end with a line, a semicolon, or both.
    const requests = (this.#pending + text).split(/[;\r\n]/);
    this.#pending = requests.pop() ?? '';
    for (const request of requests) {
      if (this.#socket.destroyed) return;
      if (request.length > MAX_REQUEST_CHARS) this.#drop();
      else if (request.trim() !== '') this.#answer(parseGpsdCommand(request.trim()));
    }
    if (this.#pending.length > MAX_REQUEST_CHARS) this.#drop();
  }

  #answer(command: GpsdCommand): void {
    if (command.kind === 'watch') this.#watch(command);
    else if (command.kind === 'unknown') {
      this.send({ class: 'ERROR', message: `Unrecognized request '${command.text.slice(0, 80)}'` });
    } else this.send(this.#answers[command.kind]());
  }

  #watch({ isEnabled, isJson, device }: Extract<GpsdCommand, { kind: 'watch' }>): void {
    // Enabling alone means JSON; the receivers' own bytes are not to be had here.
    if (isEnabled !== undefined || isJson !== undefined) this.#isWatching = (isEnabled ?? true) && (isJson ?? true);
    if (device !== undefined) this.#device = device;
    this.#socket.setTimeout(this.#isWatching ? 0 : IDLE_TIMEOUT_MS);
    this.send(this.#answers.devices());
    const raw = { nmea: false, raw: 0, scaled: false, timing: false, split24: false, pps: false };
    const named = this.#device === undefined ? {} : { device: this.#device };
    this.send({ class: 'WATCH', enable: this.#isWatching, json: this.#isWatching, ...raw, ...named });
  }

  #write(line: string): void {
    if (this.#socket.destroyed) return;
    this.#socket.write(line);
    if (this.#socket.writableLength > MAX_UNSENT_BYTES) this.#drop();
  }

  #drop(): void {
    this.#onDropped();
    this.#socket.destroy();
  }
}

/** A message as it stands on the wire. */
export function gpsdLine(message: object): string {
  return `${JSON.stringify(message)}\r\n`;
}
