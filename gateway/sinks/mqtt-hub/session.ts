import type { Secret } from '#gateway/model/secret.ts';
import type { Clock } from '#gateway/runtime/clock.ts';
import type { MqttProtocol, PublishPacket, PublishProperties } from './compose-publish.ts';

/** How a session is asked for, and what goes on in it beside the events that go up. */
export interface SessionOptions {
  /** Names the hub in messages. */
  readonly what: string;
  readonly clientId: string;
  readonly protocol: MqttProtocol;
  readonly username?: string;
  readonly password?: Secret;
  readonly connectTimeoutMs: number;
  /** Own limit of a packet; the hub may grant less. */
  readonly maxPacketBytes: number;
  readonly clock: Clock;
  /** As told to the hub, which ends a session that is silent for one and a half times as long. */
  readonly keepaliveSeconds?: number;
  /** How long an idle hub may be silent [D4]; undefined where asking costs too much. Asked anew each time. */
  readonly idlePatienceMs?: () => number | undefined;
  /** What the hub allows, whatever it says itself. */
  readonly limits?: HubLimits;
  /** Told to others when the session ends without a word. */
  readonly will?: Will;
  /** Said, retained and with QoS 0, before the session is ended in order. */
  readonly farewell?: () => PublishPacket;
  /** What comes down. */
  readonly downlink?: Downlink;
  /** What messages speak of. */
  readonly hints?: Hints;
}

/** Bounds of a kind of hub: see `hub-profiles.ts`. */
export interface HubLimits {
  /** Publishes that may be unanswered at a time. */
  readonly maxInFlight?: number;
  readonly maxPublishesPerSecond?: number;
  /** Levels of a topic at the hub. */
  readonly maxTopicLevels?: number;
  readonly maxTopicBytes?: number;
}

/** Settings of the sink that a message may name. */
export interface Hints {
  /** Where the gateway publishes: `fleet/truck-7/#`. */
  readonly topicTree: string;
  readonly hasUserProperties: boolean;
  readonly login: Login;
}

/** How the gateway proves itself to a hub. */
export type Login = 'none' | 'password' | 'token' | 'certificate';

/** @see MQTT 5.0, section 3.1.3.2 */
export interface Will {
  readonly topic: string;
  readonly payload: Buffer;
  readonly isRetained: boolean;
  /** MQTT 5: how long the hub waits for the gateway to come back first. */
  readonly delaySeconds?: number;
  readonly properties?: PublishProperties;
}

/** Topics of the hub that the gateway listens to, and what becomes of what comes. */
export interface Downlink {
  /** Subscribed with QoS 1 as soon as the session is open; the session ends if one is refused. */
  readonly filters: readonly string[];
  /** How long the hub keeps what comes while the gateway is away; MQTT 3.1.1 has no such bound. */
  readonly sessionExpirySeconds: number;
  /** MQTT 5: the hub sends nothing larger. */
  readonly maxPacketBytes?: number;
  /** How long what cannot be taken stays with the hub, in milliseconds; then the connection ends, and the hub sends it again in the next. */
  readonly holdMs: number;
  /**
   * Takes one publish, or decides that nobody ever will. The next one waits for it, and so does the acknowledgement:
   * when this resolves, the publish is safe. A rejection ends the session, and the hub sends the publish again in the next one.
   *
   * @param arrivedMs when it came, on the monotonic clock: it may have waited since
   */
  receive(publish: IncomingPublish, arrivedMs: number): Promise<void>;
  /** Counts a publish of QoS 0 that came too fast: it is gone. */
  drop(topic: string): void;
}

/** A publish of the hub. */
export interface IncomingPublish {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly isRetained: boolean;
  readonly isDuplicate: boolean;
  /** Absent with QoS 0. */
  readonly packetId?: number;
  /** MQTT 5 alone. */
  readonly contentType?: string;
  /** What is left of it when the hub passed it on. */
  readonly expirySeconds?: number;
  readonly responseTopic?: string;
  readonly correlationData?: Uint8Array;
  readonly userProperties?: readonly (readonly [name: string, value: string])[];
}
