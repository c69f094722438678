import type { SlcanAdapter } from '#firmware-sim/can/slcan-adapter.ts';
import type { SourceName } from '#firmware-sim/protocol.ts';
import type { PortFault } from '#firmware-sim/scenario/step-section.ts';
import { type Firmware, UsbSerialDevice } from '#firmware-sim/serial/usb-serial-device.ts';
import type { DeviceOptions, SimulatedDevice } from '#firmware-sim/simulated-device.ts';
import type { PlaybackSpeed, Recording } from './piece.ts';
import { type PlaybackPort, play } from './play.ts';

/** What {@link PlaybackDevice} needs. */
export interface PlaybackDeviceOptions extends DeviceOptions {
  readonly source: SourceName;
  readonly recording: Recording;
  readonly speed: PlaybackSpeed;
  /** Answers the reader, and decides when frames may go; absent for a receiver. */
  readonly adapter?: SlcanAdapter;
  /** The recording came to its end. */
  readonly onPlayed: (count: number) => void;
}

/** A port that a recording is played to. Of the faults it knows `unplug` and `replug`; noise and silence are the recording's own. */
export class PlaybackDevice implements SimulatedDevice, PlaybackPort, Firmware {
  readonly overrunCount = 0;
  readonly #options: PlaybackDeviceOptions;
  readonly #port: UsbSerialDevice;
  readonly #stopping = new AbortController();
  readonly #playing: Promise<void>;

  constructor(options: PlaybackDeviceOptions) {
    this.#options = options;
    this.#port = new UsbSerialDevice(options, this);
    this.#playing = this.#play();
  }

  plug(): void {
    this.#port.plug();
  }

  isListening(): boolean {
    return this.#port.isReaderReady && (this.#options.adapter?.isChannelOpen ?? true);
  }

  write(piece: Uint8Array): boolean {
    return this.isListening() && this.#port.write(piece);
  }

  onBytes(bytes: Uint8Array): void {
    for (const answer of this.#options.adapter?.push(bytes) ?? []) this.#port.write(answer);
  }

  onReaderGone(): void {
    this.#options.adapter?.reset();
  }

  apply(fault: PortFault): void {
    if (fault.do === 'unplug') this.#port.unplug();
    if (fault.do === 'replug') this.#port.plug();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#playing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#port[Symbol.dispose]();
  }

  async #play(): Promise<void> {
    const { onPlayed, recording } = this.#options;
    const { signal } = this.#stopping;
    const count = await play(recording.pieces, this, { ...this.#options, signal });
    if (!signal.aborted) onPlayed(count);
  }
}
