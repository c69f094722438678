import type { ObdVehicle } from '#devices/obd/elm327/discover-vehicle.ts';
import { Elm327Session, type ElmOptions } from '#devices/obd/elm327/elm327-session.ts';
import type { DtcStatus, ObdReading } from '#devices/obd/obd-message.ts';
import { OBD_PIDS } from '#devices/obd/obd-pids.ts';
import { segmentIsoTp } from '#devices/obd/segment-iso-tp.ts';
import { encodeSupportedPids } from '#devices/obd/supported-pids.ts';

/** What an adapter answers, by command: text without the prompt, or undefined for no answer at all. */
export type Answer = (command: string) => string | undefined;

/** A session with an adapter that answers at once, and a clock that is moved by hand. */
export class SessionBench {
  nowMs = 0;
  /** Everything that was written, without line endings. */
  readonly written: string[] = [];
  readonly readings: ObdReading[] = [];
  readonly rounds: number[] = [];
  readonly codes: [ecu: string, status: DtcStatus, codes: readonly string[]][] = [];
  readonly vehicles: ObdVehicle[] = [];
  readonly volts: (number | undefined)[] = [];
  readonly states: string[] = [];
  answer: Answer;
  /** What ends an answer. */
  prompt = '>';
  /** What one answer takes. */
  answerMs = 10;
  readonly session: Elm327Session;
  #answers: { readonly atMs: number; readonly text: string }[] = [];

  constructor(answer: Answer, options: Partial<ElmOptions> = {}) {
    this.answer = answer;
    const pids = [
      { pid: 0x0c, intervalMs: 1000 },
      { pid: 0x0d, intervalMs: 1000 },
      { pid: 0x05, intervalMs: 10_000 },
    ];
    this.session = new Elm327Session(
      { pids, protocolNumber: '0', ...options },
      {
        write: (bytes) => this.#take(Buffer.from(bytes).toString('latin1')),
        onReadings: (readings) => void this.readings.push(...readings),
        onRound: (count) => void this.rounds.push(count),
        onCodes: (ecu, status, codes) => void this.codes.push([ecu, status, [...codes]]),
        onVehicle: (vehicle) => void this.vehicles.push(vehicle),
        onVoltage: (volts) => void this.volts.push(volts),
        onChange: () => void this.states.push(this.session.state),
      },
    );
  }

  /** Bytes that nobody asked for. */
  say(text: string): void {
    this.session.read(Buffer.from(text, 'latin1'), this.nowMs);
  }

  /** Lets time pass, to each moment at which something happens. */
  run(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    for (;;) {
      const next = this.#answers[0];
      const atMs = Math.min(next?.atMs ?? Number.POSITIVE_INFINITY, Math.max(this.nowMs, this.session.dueMs));
      if (atMs > endMs) break;
      this.nowMs = atMs;
      if (next !== undefined && next.atMs <= atMs) {
        this.#answers.shift();
        this.say(next.text);
      } else {
        this.session.tick(this.nowMs);
      }
    }
    this.nowMs = endMs;
  }

  /** Since the given number of commands. */
  writtenSince(count: number): readonly string[] {
    return this.written.slice(count);
  }

  #take(text: string): void {
    for (const command of text.split('\r').slice(0, -1)) {
      this.written.push(command);
      const answer = this.answer(command);
      if (answer !== undefined)
        this.#answers.push({ atMs: this.nowMs + this.answerMs, text: `${answer}\r\r${this.prompt}` });
    }
  }
}

/** What a vehicle on CAN with 11 bits answers to a question, as lines with headers and without spaces. */
export function canLines(ecu: string, payload: readonly number[]): string {
  const frames = segmentIsoTp(Uint8Array.from(payload), { padding: 0x55 });
  return frames.map((frame) => `${ecu}${Buffer.from(frame).toString('hex').toUpperCase()}`).join('\r');
}

/** An adapter that does all it should, on a vehicle with one control unit. */
export function goodAdapter(changes: Readonly<Record<string, string | undefined>> = {}): Answer {
  const pids = [0x01, 0x05, 0x0c, 0x0d, 0x20, 0x2f, 0x40, 0x46];
  const data: Readonly<Record<number, readonly number[]>> = {
    1: [0x82, 0x07, 0x65, 0x04],
    5: [0x7b],
    12: [0x1a, 0xf8],
    13: [0x32],
    47: [0x80],
    70: [0x3c],
  };
  const vin = [...Buffer.from('WDB9634031L123456')];
  const fixed: Readonly<Record<string, string>> = {
    ...{ ATZ: '\r\rELM327 v1.5', ATI: 'ELM327 v1.5', STI: '?', ATRV: '14.1V', ATDPN: 'A6' },
    '0900': canLines('7E8', [0x49, 0x00, 0x40, 0, 0, 0]),
    '0902': canLines('7E8', [0x49, 0x02, 1, ...vin]),
    '03': canLines('7E8', [0x43, 2, 0x03, 0x01, 0xc1, 0x00]),
    '07': canLines('7E8', [0x47, 0]),
    '0A': canLines('7E8', [0x4a, 0]),
  };
  return (command) => {
    if (command in changes) return changes[command];
    const answer = fixed[command];
    if (answer !== undefined) return answer;
    if (command.startsWith('AT')) return 'OK';
    if (!command.startsWith('01')) return command === '' ? '' : 'NO DATA';
    const asked = (command.slice(2).match(/../g) ?? []).map((digits) => Number.parseInt(digits, 16));
    const payload = asked.flatMap((pid) => {
      if (pid % 0x20 === 0) return pid <= 0x40 ? [pid, ...encodeSupportedPids(pid, pids)] : [];
      const bytes = data[pid];
      return bytes !== undefined && OBD_PIDS.has(pid) ? [pid, ...bytes] : [];
    });
    return payload.length === 0 ? 'NO DATA' : canLines('7E8', [0x41, ...payload]);
  };
}
