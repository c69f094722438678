import type { CanFrame } from '#devices/can/can-frame.ts';
import { type SlcanBitrate, type SlcanCommand, SlcanCommandParser } from '#devices/can/slcan/slcan-command.ts';
import { encodeSlcanFrame } from '#devices/can/slcan/slcan-frame.ts';
import { encodeSlcanItem } from '#devices/can/slcan/slcan-item.ts';
import {
  type AdapterDialogue,
  type AdapterElectronics,
  type ChannelMode,
  IDEAL_ELECTRONICS,
} from './adapter-dialogue.ts';

/**
 * The dialect of CANable: nothing is acknowledged, nothing refused. `V` gets a text; `M1` and `M0` choose the silent mode; serial number,
 * status, timestamps, listening by `L` and whatever else are passed over.
 */
export class CanableAdapter implements AdapterDialogue {
  readonly #electronics: AdapterElectronics;
  #parser = new SlcanCommandParser();
  #channel: 'closed' | ChannelMode = 'closed';
  #bitrate: SlcanBitrate = FACTORY_BITRATE;
  #isSilent = false;

  constructor(electronics: AdapterElectronics = IDEAL_ELECTRONICS) {
    this.#electronics = electronics;
  }

  get isChannelOpen(): boolean {
    return this.#channel !== 'closed';
  }

  get bitrate(): SlcanBitrate {
    return this.#bitrate;
  }

  /** @returns answers to `V`, to nothing else */
  push(bytes: Uint8Array): readonly Uint8Array[] {
    const answers: Uint8Array[] = [];
    for (const command of this.#parser.push(bytes)) {
      if (!command.isDecoded) continue;
      if (command.value.kind === 'version') answers.push(encodeSlcanItem({ kind: 'text', text: CANABLE_VERSION }));
      else this.#obey(command.value);
    }
    return answers;
  }

  encode(frame: CanFrame): Uint8Array {
    return encodeSlcanFrame(frame);
  }

  reset(): void {
    this.#close();
    this.#parser = new SlcanCommandParser();
    this.#bitrate = FACTORY_BITRATE;
    this.#isSilent = false;
  }

  #obey(command: SlcanCommand): void {
    if (command.kind === 'close') this.#close();
    else if (command.kind === 'transmit') this.#transmit(command.frame);
    else if (this.isChannelOpen) return;
    else if (command.kind === 'bitrate') this.#bitrate = command.bitrate;
    else if (command.kind === 'silent') this.#isSilent = command.isOn;
    else if (command.kind === 'open') this.#open();
  }

  #open(): void {
    this.#channel = this.#isSilent ? 'listenOnly' : 'normal';
    this.#electronics.opened(this.#channel, this.#bitrate);
  }

  #close(): void {
    if (this.isChannelOpen) this.#electronics.closed();
    this.#channel = 'closed';
  }

  #transmit(frame: CanFrame): void {
    if (this.#channel === 'normal') this.#electronics.transmit(frame);
    else this.#electronics.refused(frame);
  }
}

/** What `V` gets: version and source of the firmware, in the manner of CANable's. */
export const CANABLE_VERSION = '2026.11 https://waystation.invalid/simulated/canable-fw.git';
/** Until the host says otherwise. */
const FACTORY_BITRATE: SlcanBitrate = 500_000;
