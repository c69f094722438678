import type { Packet } from 'mqtt';
import { PublishPace } from './publish-pace.ts';

/** So many of them a second are passed over: some hubs are sloppy, and a few harm nobody. */
export const MAX_UNASKED_PER_SECOND = 20;

/**
 * Reckons up the packets of one hub that answer nothing. They are two bytes each, and a hub that sends nothing else would have the
 * whole of the event loop.
 *
 * @see MQTT 5.0, sections 3.2, 3.4, 3.9 and 3.13
 */
export class UnaskedPackets {
  readonly #isListening: boolean;
  readonly #pace: PublishPace;
  readonly #owed = { pingresp: 0, puback: 0, suback: 0 };
  #isAccepted = false;

  /** @param isListening whether the gateway subscribes */
  constructor(isListening: boolean, nowMs: number) {
    this.#isListening = isListening;
    this.#pace = new PublishPace(MAX_UNASKED_PER_SECOND, nowMs);
  }

  /** On its way to the hub. */
  sent(packet: Packet): void {
    if (packet.cmd === 'pingreq') this.#owed.pingresp += 1;
    else if (packet.cmd === 'subscribe') this.#owed.suback += 1;
    else if (packet.cmd === 'publish' && packet.qos === 1) this.#owed.puback += 1;
  }

  /** @returns what the hub breaks */
  received({ cmd }: Packet, nowMs: number): string | undefined {
    switch (cmd) {
      case 'connack':
        if (this.#isAccepted) return 'it sent another CONNACK [MQTT-3.2.0-2]';
        this.#isAccepted = true;
        return undefined;
      case 'pingresp':
      case 'puback':
      case 'suback':
        if (this.#owed[cmd] === 0) break;
        this.#owed[cmd] -= 1;
        return undefined;
      case 'publish':
        if (this.#isListening) return undefined;
        break;
      default:
        return undefined;
    }
    if (this.#pace.take(nowMs) === 0) return undefined;
    return `it sent more than ${MAX_UNASKED_PER_SECOND} packets a second that nobody asked for, the last a ${cmd.toUpperCase()}`;
  }
}
