import type { Cancel, Clock } from '#firmware-sim/clock.ts';
import type { ObdNetwork } from '#firmware-sim/obd/obd-network.ts';
import type { ObdProtocolDigit } from '#firmware-sim/obd/obd-protocol.ts';
import { uartMs } from '#firmware-sim/serial/uart.ts';
import { type AtOutcome, obeyAtCommand } from './at-command.ts';
import type { Elm327Firmware } from './elm327-firmware.ts';
import { type Elm327Settings, FACTORY_SETTINGS } from './elm327-settings.ts';
import type { RequestFailure } from './elm327-spec.ts';
import { type Piece, parseRequest, planRequest, type TypedRequest } from './plan-request.ts';

/** What {@link Elm327Adapter} needs. */
export interface Elm327AdapterOptions {
  readonly firmware: Elm327Firmware;
  readonly baud: number;
  readonly network: ObdNetwork;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Takes what the host gets to see. */
  readonly say: (text: string) => void;
  /** A request goes out to the vehicle. */
  readonly onRequest?: (request: string, nowMs: number) => void;
}

/**
 * The dialogue of an ELM327: characters in, lines and a prompt out, in its own time. It does one thing at a time, and whatever comes while
 * it waits for the vehicle interrupts it.
 *
 * @see ELM327 data sheet, «Communicating with the ELM327», «Interrupting»
 */
export class Elm327Adapter implements Disposable {
  readonly #options: Elm327AdapterOptions;
  #settings: Elm327Settings = FACTORY_SETTINGS;
  #activeProtocol: ObdProtocolDigit = '0';
  #slowestAnswerMs = 0;
  #line = '';
  #lastLine = '';
  #task: 'none' | 'request' | 'deaf' | 'asleep' = 'none';
  #cancelTask: Cancel = () => {};
  #failure: { readonly answer: RequestFailure; readonly untilMs: number } | undefined;

  constructor(options: Elm327AdapterOptions) {
    this.#options = options;
  }

  /** Power is applied. */
  powerOn(): void {
    this.#restart(POWER_ON_MS, this.#options.firmware.identity);
  }

  /** The supply voltage dips: the adapter resets itself and says so. */
  dipVoltage(): void {
    this.#restart(DIP_MS, 'LV RESET');
  }

  /** Requests fail for a while. */
  failRequests(answer: RequestFailure, durationMs: number): void {
    this.#failure = { answer, untilMs: this.#options.clock.nowMs() + durationMs };
  }

  /** The host has typed. */
  push(bytes: Uint8Array): void {
    for (const byte of bytes) this.#take(byte);
  }

  [Symbol.dispose](): void {
    this.#cancelTask();
  }

  #take(byte: number): void {
    if (this.#task === 'asleep') this.#restart(WARM_START_MS, this.#options.firmware.identity);
    else if (this.#task === 'request') this.#stop();
    // What comes while it is deaf is lost; NULs are ignored.
    if (this.#task !== 'none' || byte === NUL) return;
    const character = String.fromCharCode(byte);
    if (character !== '\r') {
      if (this.#settings.hasEcho) this.#options.say(character);
      if (this.#line.length < MAX_LINE_CHARACTERS) this.#line += character;
      return;
    }
    if (this.#settings.hasEcho) this.#options.say(this.#lineEnd);
    const typed = this.#line.replaceAll(/[^!-~]/g, '').toUpperCase();
    this.#line = '';
    // An empty line repeats the one before.
    this.#lastLine = typed === '' ? this.#lastLine : typed;
    this.#obey(this.#lastLine);
  }

  #obey(text: string): void {
    const { firmware, network, clock } = this.#options;
    const stAnswer = firmware.stAnswers[text];
    if (text === '') this.#prompt();
    else if (stAnswer !== undefined) this.#answer(stAnswer);
    else if (text.startsWith('AT')) {
      const facts = {
        settings: this.#settings,
        activeProtocol: this.#activeProtocol,
        identity: firmware.identity,
        ...network.ignition.at(clock.nowMs()),
      };
      const outcome = obeyAtCommand(text.slice(2), facts, firmware.version);
      if (outcome === undefined) this.#answer('?');
      else this.#carryOut(outcome);
    } else {
      const request = parseRequest(text, this.#settings, firmware);
      if (request === undefined) this.#answer('?');
      else this.#request(request, text);
    }
  }

  #carryOut({ answer, change, effect }: AtOutcome): void {
    const { identity } = this.#options.firmware;
    this.#settings = { ...this.#settings, ...change };
    if (effect === 'closeProtocol') this.#activeProtocol = '0';
    if (effect === 'reset') this.#restart(RESET_MS, identity);
    else if (effect === 'warmStart') this.#restart(WARM_START_MS, identity);
    else if (effect === 'monitor') this.#begin('request', () => {});
    else this.#answer(answer);
    if (effect === 'sleep') this.#begin('asleep', () => {});
  }

  #request(request: TypedRequest, text: string): void {
    const { baud, clock, firmware, network, onRequest } = this.#options;
    const nowMs = clock.nowMs();
    onRequest?.(text, nowMs);
    const plan = planRequest(request, {
      ...{ settings: this.#settings, firmware, baud, network, nowMs },
      activeProtocol: this.#activeProtocol,
      slowestAnswerMs: this.#slowestAnswerMs,
      failure: this.#failure !== undefined && nowMs < this.#failure.untilMs ? this.#failure.answer : undefined,
    });
    this.#begin('request', () => {
      this.#activeProtocol = plan.activeProtocol;
      this.#slowestAnswerMs = plan.slowestAnswerMs;
      this.#prompt();
    });
    this.#play(plan.pieces, plan.endMs, nowMs);
  }

  /** Says each piece in its time, then ends the task. */
  #play([piece, ...rest]: readonly Piece[], endMs: number, startedMs: number): void {
    const { clock } = this.#options;
    const atMs = startedMs + (piece?.afterMs ?? endMs);
    this.#cancelTask = clock.schedule(Math.max(0, atMs - clock.nowMs()), () => {
      if (piece === undefined) {
        this.#finishTask();
      } else {
        this.#say(piece.isOpen === true ? piece.text : piece.text + this.#lineEnd);
        this.#play(rest, endMs, startedMs);
      }
    });
  }

  #finishTask: () => void = () => {};

  #begin(task: 'request' | 'deaf' | 'asleep', finish: () => void): void {
    this.#cancelTask();
    this.#task = task;
    this.#finishTask = () => {
      this.#task = 'none';
      finish();
    };
  }

  /** Interrupted: until that is said, nothing else is heard. */
  #stop(): void {
    this.#begin('deaf', () => {
      this.#say(`STOPPED${this.#lineEnd}`);
      this.#prompt();
    });
    this.#play([], uartMs(STOPPED_BYTES, this.#options.baud), this.#options.clock.nowMs());
  }

  #restart(durationMs: number, text: string): void {
    this.#settings = FACTORY_SETTINGS;
    this.#activeProtocol = '0';
    this.#slowestAnswerMs = 0;
    this.#line = '';
    this.#lastLine = '';
    this.#begin('deaf', () => {
      this.#say(`\r\r${text}\r`);
      this.#prompt();
    });
    this.#play([], durationMs, this.#options.clock.nowMs());
  }

  #answer(text: string): void {
    this.#say(text + this.#lineEnd);
    this.#prompt();
  }

  /** An empty line, and the sign that it listens again. */
  #prompt(): void {
    const isLost = this.#options.random() < this.#options.firmware.promptLossChance;
    this.#say(this.#lineEnd + (isLost ? '' : '>'));
  }

  #say(text: string): void {
    const hasNul = this.#options.random() < this.#options.firmware.nulChance;
    this.#options.say(hasNul ? `\0${text}` : text);
  }

  get #lineEnd(): string {
    return this.#settings.hasLinefeeds ? '\r\n' : '\r';
  }
}

const NUL = 0;
const MAX_LINE_CHARACTERS = 254;
/** The lamps are tried, then it speaks. */
const POWER_ON_MS = 700;
const RESET_MS = 700;
const WARM_START_MS = 60;
const DIP_MS = 300;
/** `STOPPED`, line ends and prompt. */
const STOPPED_BYTES = 10;
