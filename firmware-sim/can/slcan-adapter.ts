import type { CanFrame } from '#devices/can/can-frame.ts';
import { type SlcanCommand, SlcanCommandParser } from '#devices/can/slcan/slcan-command.ts';
import { encodeSlcanFrame } from '#devices/can/slcan/slcan-frame.ts';
import { encodeSlcanItem, type SlcanItem } from '#devices/can/slcan/slcan-item.ts';

/**
 * The dialogue of an SLCAN adapter: commands in, answers out; knows whether its channel is open. Pure but for its state.
 *
 * @see Lawicel CANUSB manual 1.3
 */
export class SlcanAdapter {
  #parser = new SlcanCommandParser();
  #channel: 'closed' | 'normal' | 'listenOnly' = 'closed';
  #hasBitrate = false;
  #hasTimestamps = false;

  /** Frames of the bus are passed on only while this holds. */
  get isChannelOpen(): boolean {
    return this.#channel !== 'closed';
  }

  /** Takes what the host sent. @returns the answers, one for each command, in order */
  push(bytes: Uint8Array): readonly Uint8Array[] {
    return this.#parser
      .push(bytes)
      .map((command) => encodeSlcanItem(command.isDecoded ? this.#obey(command.value) : { kind: 'error' }));
  }

  /** A frame of the bus, as the host wants it: with the time that the frame states, if timestamps are switched on. */
  encode(frame: CanFrame): Uint8Array {
    return encodeSlcanFrame(frame, { withTimestamp: this.#hasTimestamps });
  }

  /** The host has closed the port: the adapter closes its channel and forgets what it was told. */
  reset(): void {
    this.#parser = new SlcanCommandParser();
    this.#channel = 'closed';
    this.#hasBitrate = false;
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
        return this.isChannelOpen ? { kind: 'status', flags: 0 } : { kind: 'error' };
      case 'silent':
        return { kind: 'error' };
      case 'acceptanceCode':
      case 'acceptanceMask':
        return { kind: this.isChannelOpen ? 'error' : 'ok' };
      case 'bitrate':
        if (this.isChannelOpen) return { kind: 'error' };
        this.#hasBitrate = true;
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
        return { kind: 'ok' };
      case 'transmit':
        return this.#channel === 'normal' ? { kind: 'sent', isExtended: command.frame.isExtended } : { kind: 'error' };
    }
  }

  #open(channel: 'normal' | 'listenOnly'): SlcanItem {
    if (this.isChannelOpen || !this.#hasBitrate) return { kind: 'error' };
    this.#channel = channel;
    return { kind: 'ok' };
  }
}
