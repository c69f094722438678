import type { CanFrame } from '#devices/can/can-frame.ts';
import { encodeCandumpLine } from '#devices/can/log/candump.ts';
import { IgnitionBus } from '#firmware-sim/bus/ignition-bus.ts';
import type { VehicleBus } from '#firmware-sim/bus/vehicle-bus.ts';
import { type Cancel, repeat } from '#firmware-sim/clock.ts';
import { composeGarbage, DEFAULT_SILENCE_MS } from '#firmware-sim/faults.ts';
import type { PortFault } from '#firmware-sim/scenario/step-section.ts';
import { BITS_PER_BYTE } from '#firmware-sim/serial/uart.ts';
import type { Firmware, SerialLine } from '#firmware-sim/serial/usb-serial-device.ts';
import type { ScenarioSurroundings, SimulatedDevice } from '#firmware-sim/simulated-device.ts';
import type { AdapterDialogue, AdapterElectronics, ChannelMode } from './adapter-dialogue.ts';
import { AdapterQueue } from './adapter-queue.ts';
import { AdapterState } from './adapter-state.ts';
import { CanAccount, type CanLedgerEvent, idText } from './can-account.ts';
import type { CanSpec } from './can-spec.ts';
import { CanableAdapter } from './canable-adapter.ts';
import { SlcanAdapter } from './slcan-adapter.ts';

/**
 * An SLCAN adapter on a vehicle's bus. The ignition is switched on when a host first opens the channel (at once where the bus is logged),
 * and stays on: from then on there are frames, heard or not.
 */
export class SlcanDevice implements SimulatedDevice, Firmware, AdapterElectronics {
  readonly #spec: CanSpec;
  readonly #surroundings: ScenarioSurroundings;
  readonly #line: SerialLine;
  readonly #adapter: AdapterDialogue;
  readonly #bus: IgnitionBus;
  readonly #account = new CanAccount();
  readonly #queue: AdapterQueue;
  readonly #state = new AdapterState();
  /** Of the host, on their way. */
  readonly #ownFrames = new Set<CanFrame>();
  readonly #stopTicking: readonly Cancel[];
  #silentUntilMs = Number.NEGATIVE_INFINITY;
  #stuckUntilMs = Number.NEGATIVE_INFINITY;
  /** Bytes that the line has had time for. */
  #lineBytes = 0;
  #isStopped = false;

  constructor(spec: CanSpec, surroundings: ScenarioSurroundings) {
    const { clock, openLine, record } = surroundings;
    this.#spec = spec;
    this.#surroundings = surroundings;
    this.#adapter = spec.adapter === 'canable' ? new CanableAdapter(this) : new SlcanAdapter(this);
    this.#queue = new AdapterQueue(spec.queueFrames);
    this.#bus = new IgnitionBus(spec, surroundings, (frame, busMs) => this.#take(frame, busMs));
    this.#line = openLine(this);
    this.#stopTicking = [
      repeat(clock, TICK_MS, () => this.#tick()),
      repeat(clock, NOTE_INTERVAL_MS, () => this.#noteFrames()),
    ];
    if (record !== undefined) this.#bus.begin();
  }

  get overrunCount(): number {
    return this.#account.counts.overrun;
  }

  plug(): void {
    this.#line.plug();
  }

  onBytes(bytes: Uint8Array): void {
    if (this.#nowMs < this.#silentUntilMs) return;
    for (const answer of this.#adapter.push(bytes)) this.#line.write(answer);
  }

  onReaderGone(): void {
    this.#adapter.reset();
    this.#state.reset();
  }

  readFlags(): number {
    return this.#state.read(this.#nowMs, this.#isDeaf);
  }

  opened(mode: ChannelMode, bitrate: number): void {
    this.#state.isBusOff = false;
    this.#bus.begin();
    this.#note({ event: 'opened', mode, bitrate });
    const heard = bitrate === this.#spec.bitrate ? '' : `; the bus has ${this.#spec.bitrate}: it hears nothing`;
    this.#surroundings.tell(`${mode === 'normal' ? 'open' : 'listening'} at ${bitrate} bit/s${heard}`);
  }

  closed(): void {
    for (const { frame } of this.#queue.clear()) this.#account.lose(frame, 'unheard');
    this.#note({ event: 'closed' });
    this.#surroundings.tell('closed');
  }

  transmit(frame: CanFrame): void {
    this.#note({ event: 'transmitted', id: idText(frame) });
    if (this.#bus.send(frame)) this.#ownFrames.add(frame);
  }

  refused(frame: CanFrame): void {
    this.#note({ event: 'refused', id: idText(frame) });
  }

  apply(fault: PortFault): void {
    const nowMs = this.#nowMs;
    switch (fault.do) {
      case 'unplug':
        this.#line.unplug();
        break;
      case 'replug':
        this.#line.plug();
        break;
      case 'silence':
        this.#silentUntilMs = nowMs + (fault.durationMs ?? DEFAULT_SILENCE_MS);
        break;
      case 'garbage':
        this.#line.write(composeGarbage(this.#adapter.encode(SAMPLE_FRAME), this.#surroundings.random));
        break;
      case 'ignitionOff':
        this.#bus.switchOff();
        break;
      case 'ignitionOn':
        this.#bus.switchOn();
        break;
      case 'busOff':
        this.#state.isBusOff = true;
        break;
      case 'errorFlags':
        this.#state.flag(fault.flags, nowMs + fault.durationMs);
        break;
      case 'overrun':
        this.#stuckUntilMs = nowMs + fault.durationMs;
        break;
      case 'dtc':
        this.#meddle(`${fault.isActive ? 'raises' : 'clears'} SPN ${fault.spn} FMI ${fault.fmi}`, fault.unit, (units) =>
          units.setCode(fault.unit, fault, fault.isActive),
        );
        break;
      case 'readdress':
        this.#meddle('loses its address', fault.unit, (units) => units.takeAddress(fault.unit));
        break;
      default:
      // Faults of other kinds of device.
    }
  }

  /** Commands are still answered, and what is in the adapter's memory still goes out. */
  async stop(): Promise<void> {
    this.#tick();
    this.#isStopped = true;
    this.#noteFrames();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const cancel of this.#stopTicking) cancel();
    this.#line[Symbol.dispose]();
    this.#noteFrames();
  }

  get #nowMs(): number {
    return this.#surroundings.clock.nowMs();
  }

  /** The host has set another bit rate than the bus has. */
  get #isDeaf(): boolean {
    return this.#adapter.bitrate !== this.#spec.bitrate;
  }

  #tick(): void {
    if (!this.#isStopped) this.#bus.tick();
    const { baud } = this.#spec;
    const perTick = baud === undefined ? MAX_WRITE_BYTES : (baud * TICK_MS) / BITS_PER_BYTE / 1000;
    // An idle line saves nothing up but the rest of a frame.
    this.#lineBytes = Math.min(this.#lineBytes + perTick, perTick + MAX_FRAME_CHARS);
    const isStuck = this.#nowMs < Math.max(this.#stuckUntilMs, this.#silentUntilMs);
    if (!isStuck) while (this.#writeSome());
  }

  /** A frame of the bus. */
  #take(frame: CanFrame, busMs: number): void {
    const { record } = this.#surroundings;
    record?.(
      Buffer.from(`${encodeCandumpLine({ timeMs: this.#bus.unixMsAt(busMs), channel: this.#spec.name, frame })}\n`),
    );
    // An adapter does not hear itself.
    if (this.#ownFrames.delete(frame)) return;
    this.#account.make(frame);
    const isHeard = this.#adapter.isChannelOpen && !this.#isDeaf && !this.#state.isBusOff;
    if (!isHeard || this.#nowMs < this.#silentUntilMs) {
      this.#account.lose(frame, 'unheard');
      return;
    }
    if (this.#queue.push({ frame, piece: this.#adapter.encode({ ...frame, timestampMs: busMs }) })) return;
    this.#state.overrun();
    this.#account.lose(frame, 'overrun');
  }

  /** @returns whether there may be more to write */
  #writeSome(): boolean {
    const frames = this.#queue.peek(
      Math.min(this.#spec.baud === undefined ? MAX_WRITE_BYTES : this.#lineBytes, MAX_WRITE_BYTES),
    );
    if (frames.length === 0) return false;
    const bytes = Buffer.concat(frames.map(({ piece }) => piece));
    if (!this.#line.write(bytes)) return false;
    this.#lineBytes -= bytes.length;
    this.#queue.drop(frames.length);
    for (const { frame } of frames) this.#account.send(frame);
    return true;
  }

  /** @param does what then happens to the unit, in words */
  #meddle(does: string, unit: string, act: (units: VehicleBus) => boolean): void {
    const { units } = this.#bus;
    const { tell } = this.#surroundings;
    if (units === undefined) tell('the ignition is off: nothing to do');
    else tell(act(units) ? `${unit} ${does}` : `no ${unit} on this bus that can do that`);
  }

  #note(event: CanLedgerEvent): void {
    this.#surroundings.note({ port: this.#spec.name, time: new Date(this.#nowMs).toISOString(), ...event });
  }

  #noteFrames(): void {
    const { counts } = this.#account;
    if (counts.made === 0) return;
    const { deepest } = this.#queue;
    this.#note({ event: 'frames', ...counts, bits: this.#bus.bitCount, deepest, ids: this.#account.ids() });
  }
}

const TICK_MS = 5;
/** How often the counts are written down. */
const NOTE_INTERVAL_MS = 10_000;
/** What one write gives to the port. */
const MAX_WRITE_BYTES = 4_096;
/** The longest frame with a timestamp. */
const MAX_FRAME_CHARS = 31;
/** What is damaged for `garbage`. */
const SAMPLE_FRAME: CanFrame = { id: 0x123, isExtended: false, isRemote: false, data: new Uint8Array(8) };
