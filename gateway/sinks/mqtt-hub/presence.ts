import type { Stamp } from '#gateway/model/message.ts';
import { composePacket, type MqttProtocol, type PublishPacket } from './compose-publish.ts';
import type { Will } from './session.ts';

/** What {@link Presence} needs. */
export interface PresenceOptions {
  /** `<prefix>/<gatewayId>/status`. */
  readonly topic: string;
  readonly gatewayUid: string;
  readonly version: string;
  readonly protocol: MqttProtocol;
  readonly stamp: () => Stamp;
  /** Whether the link is off. */
  readonly isLinkOff: () => boolean;
  /** Whether the sink is closing. */
  readonly isStopping: () => boolean;
}

/** Why the gateway is not there: `lost` is what the hub says in its place. */
type Absence = 'stopping' | 'linkOff' | 'reconnecting' | 'lost';

/**
 * Tells the hub, retained, whether the gateway is there: when a session begins, before it ends, and by a will when it ends without a word.
 *
 * @see MQTT 5.0, section 3.1.2.5
 */
export class Presence {
  readonly #options: PresenceOptions;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** Composed anew for each attempt: it says since when the gateway had been there. */
  will(): Will {
    const { topic } = this.#options;
    const payload = this.#compose('offline', { reason: 'lost' }, 'onlineSince');
    return { topic, payload, isRetained: true, properties: JSON_CONTENT };
  }

  birth(): PublishPacket {
    return this.#packet(this.#compose('online', {}, 'since'));
  }

  farewell(): PublishPacket {
    return this.#packet(this.#compose('offline', { reason: this.#reason() }, 'since'));
  }

  #reason(): Absence {
    const { isStopping, isLinkOff } = this.#options;
    if (isStopping()) return 'stopping';
    return isLinkOff() ? 'linkOff' : 'reconnecting';
  }

  #packet(payload: Buffer): PublishPacket {
    const { protocol, topic } = this.#options;
    return { ...composePacket(protocol, topic, payload, JSON_CONTENT), isRetained: true };
  }

  /** A date that nobody vouches for is left out, as in every event. */
  #compose(state: 'online' | 'offline', why: { readonly reason?: Absence }, sinceKey: 'since' | 'onlineSince'): Buffer {
    const { gatewayUid, version, stamp } = this.#options;
    const { wallMs, quality } = stamp();
    const since = quality === 'none' ? {} : { [sinceKey]: new Date(wallMs).toISOString() };
    return Buffer.from(JSON.stringify({ state, ...why, gateway: gatewayUid, version, ...since, clock: quality }));
  }
}

const JSON_CONTENT = { contentType: 'application/json' } as const;
