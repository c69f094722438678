import { composeGarbage, DEFAULT_SILENCE_MS } from '#firmware-sim/faults.ts';
import { ObdNetwork } from '#firmware-sim/obd/obd-network.ts';
import type { PortFault } from '#firmware-sim/scenario/step-section.ts';
import type { Firmware, SerialLine } from '#firmware-sim/serial/usb-serial-device.ts';
import type { ScenarioSurroundings, SimulatedDevice } from '#firmware-sim/simulated-device.ts';
import { Elm327Adapter } from './elm327-adapter.ts';
import { ELM327_FIRMWARES } from './elm327-firmware.ts';
import type { Elm327Spec } from './elm327-spec.ts';

/** What the ledger keeps of each request to the vehicle. */
export interface ObdLedgerLine {
  readonly obd: string;
  /** Since the start of the scenario. */
  readonly atMs: number;
  /** As it was typed, without spaces. */
  readonly request: string;
  readonly isIgnitionOn: boolean;
  /** How many there have been, and how many of them while the ignition was off: such ones wake a vehicle up. */
  readonly count: number;
  readonly whileOffCount: number;
}

/** An ELM327 at the diagnostic connector of the vehicle. */
export class Elm327Device implements SimulatedDevice, Firmware {
  readonly #name: string;
  readonly #surroundings: ScenarioSurroundings;
  readonly #line: SerialLine;
  readonly #network: ObdNetwork;
  readonly #adapter: Elm327Adapter;
  #silentUntilMs = Number.NEGATIVE_INFINITY;
  #overrunCount = 0;
  #requestCount = 0;
  #whileOffCount = 0;
  #isHeard = false;

  constructor(spec: Elm327Spec, surroundings: ScenarioSurroundings) {
    const { clock, openLine, random, startedMs, vehicle } = surroundings;
    this.#name = spec.name;
    this.#surroundings = surroundings;
    this.#network = new ObdNetwork(spec, { vehicle, startedMs, random });
    this.#adapter = new Elm327Adapter({
      ...{ clock, random, baud: spec.baud, network: this.#network, firmware: ELM327_FIRMWARES[spec.personality] },
      say: (text) => this.#write(Buffer.from(text, 'latin1')),
      onRequest: (request, nowMs) => this.#note(request, nowMs),
    });
    this.#line = openLine(this);
  }

  get overrunCount(): number {
    return this.#overrunCount;
  }

  plug(): void {
    this.#line.plug();
    this.#adapter.powerOn();
  }

  onBytes(bytes: Uint8Array): void {
    if (!this.#isSilent) this.#adapter.push(bytes);
  }

  onReaderReady(): void {
    if (!this.#isHeard) this.#surroundings.tell('a reader');
    this.#isHeard = true;
  }

  /** The adapter is fed by the vehicle: it forgets nothing. */
  onReaderGone(): void {
    this.#isHeard = false;
    this.#surroundings.tell('the reader has gone');
  }

  apply(fault: PortFault): void {
    const { clock, random } = this.#surroundings;
    const nowMs = clock.nowMs();
    if (fault.do === 'unplug') this.#line.unplug();
    else if (fault.do === 'replug') this.plug();
    else if (fault.do === 'silence') this.#silentUntilMs = nowMs + (fault.durationMs ?? DEFAULT_SILENCE_MS);
    else if (fault.do === 'garbage') this.#write(composeGarbage(DAMAGED_LINE, random));
    else if (fault.do === 'ignitionOff') this.#network.ignition.turn(false, nowMs);
    else if (fault.do === 'ignitionOn') this.#network.ignition.turn(true, nowMs);
    else if (fault.do === 'lowVoltage') this.#adapter.dipVoltage();
    else if (fault.do === 'storeDtc') this.#network.storeDtc(fault.code);
    else if (fault.do === 'clearDtcs') this.#network.clearDtcs();
    else if (fault.do === 'failRequests') this.#adapter.failRequests(fault.answer, fault.durationMs);
  }

  /** It only ever answers. */
  async stop(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    this.#adapter[Symbol.dispose]();
    this.#line[Symbol.dispose]();
  }

  get #isSilent(): boolean {
    return this.#surroundings.clock.nowMs() < this.#silentUntilMs;
  }

  #write(piece: Uint8Array): void {
    if (this.#isSilent || !this.#line.isReaderReady) return;
    this.#surroundings.record?.(piece);
    if (!this.#line.write(piece)) this.#overrunCount += 1;
  }

  #note(request: string, nowMs: number): void {
    const { note, startedMs, tell } = this.#surroundings;
    const { isIgnitionOn } = this.#network.ignition.at(nowMs);
    this.#requestCount += 1;
    this.#whileOffCount += isIgnitionOn ? 0 : 1;
    if (!isIgnitionOn) tell(`asked ${request} while the ignition is off`);
    const line: ObdLedgerLine = {
      ...{ obd: this.#name, atMs: nowMs - startedMs, request, isIgnitionOn },
      ...{ count: this.#requestCount, whileOffCount: this.#whileOffCount },
    };
    note(line);
  }
}

/** Garbage is made of it. */
const DAMAGED_LINE = Buffer.from('41 0D 2A \r\n', 'latin1');
