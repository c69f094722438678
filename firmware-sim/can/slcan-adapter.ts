import type { CanFrame } from '#devices/can/can-frame.ts';
import { type SlcanBitrate, type SlcanCommand, SlcanCommandParser } from '#devices/can/slcan/slcan-command.ts';
import { encodeSlcanFrame } from '#devices/can/slcan/slcan-frame.ts';
import { encodeSlcanItem, type SlcanItem } from '#devices/can/slcan/slcan-item.ts';
import {
  type AdapterDialogue,
  type AdapterElectronics,
  type ChannelMode,
  IDEAL_ELECTRONICS,
} from './adapter-dialogue.ts';

/**
 * The dialect of Lawicel: every command is answered, with CR or BEL, `z` and `Z` for frames taken, or what it asks for.
 *
 * @see Lawicel CANUSB manual 1.3
 */
export class SlcanAdapter implements AdapterDialogue {
  readonly #electronics: AdapterElectronics;
  #parser = new SlcanCommandParser();
  #channel: 'closed' | ChannelMode = 'closed';
  #bitrate: SlcanBitrate | undefined;
  #hasTimestamps = false;

  constructor(electronics: AdapterElectronics = IDEAL_ELECTRONICS) {
    this.#electronics = electronics;
  }

  get isChannelOpen(): boolean {
    return this.#channel !== 'closed';
  }

  get bitrate(): SlcanBitrate | undefined {
    return this.#bitrate;
  }

  /** @returns the answers, one for each command */
  push(bytes: Uint8Array): readonly Uint8Array[] {
    return this.#parser
      .push(bytes)
      .map((command) => encodeSlcanItem(command.isDecoded ? this.#obey(command.value) : { kind: 'error' }));
  }

  encode(frame: CanFrame): Uint8Array {
    return encodeSlcanFrame(frame, { withTimestamp: this.#hasTimestamps });
  }

  reset(): void {
    if (this.isChannelOpen) this.#electronics.closed();
    this.#parser = new SlcanCommandParser();
    this.#channel = 'closed';
    this.#bitrate = undefined;
    this.#hasTimestamps = false;
  }

  #obey(command: SlcanCommand): SlcanItem {
    switch (command.kind) {
      case 'flush':
        return { kind: 'ok' };
      case 'version':
        return { kind: 'version', text: '1013' };
      case 'serial':
        return { kind: 'serial', text: 'WS01' };
      case 'status':
        return this.isChannelOpen ? { kind: 'status', flags: this.#electronics.readFlags() } : { kind: 'error' };
      case 'silent':
        return { kind: 'error' };
      case 'acceptanceCode':
      case 'acceptanceMask':
        // Filters are set between the bit rate and the opening.
        return { kind: this.isChannelOpen || this.#bitrate === undefined ? 'error' : 'ok' };
      case 'bitrate':
        if (this.isChannelOpen) return { kind: 'error' };
        this.#bitrate = command.bitrate;
        return { kind: 'ok' };
      case 'timestamps':
        if (this.isChannelOpen) return { kind: 'error' };
        this.#hasTimestamps = command.isOn;
        return { kind: 'ok' };
      case 'open':
        return this.#open('normal');
      case 'listen':
        return this.#open('listenOnly');
      case 'close':
        if (!this.isChannelOpen) return { kind: 'error' };
        this.#channel = 'closed';
        this.#electronics.closed();
        return { kind: 'ok' };
      case 'transmit':
        return this.#transmit(command.frame);
    }
  }

  #open(mode: ChannelMode): SlcanItem {
    if (this.isChannelOpen || this.#bitrate === undefined) return { kind: 'error' };
    this.#channel = mode;
    this.#electronics.opened(mode, this.#bitrate);
    return { kind: 'ok' };
  }

  #transmit(frame: CanFrame): SlcanItem {
    if (this.#channel !== 'normal') {
      this.#electronics.refused(frame);
      return { kind: 'error' };
    }
    this.#electronics.transmit(frame);
    return { kind: 'sent', isExtended: frame.isExtended };
  }
}
