/**
 * What an MQTT hub stated when it accepted the session; what it did not state is absent, and a hub of MQTT 3.1.1 states nothing.
 *
 * @see MQTT 5.0, section 3.2.2.3
 */
export interface HubGrant {
  /** Publishes that may be unanswered at a time; 65,535 where absent. */
  readonly receiveMaximum?: number;
  /** Of a whole packet; no bound where absent. */
  readonly maximumPacketBytes?: number;
  /** 2 where absent. */
  readonly maximumQos?: number;
  /** Holds in place of what the gateway asked for. */
  readonly serverKeepAliveSeconds?: number;
  /** None where absent. */
  readonly topicAliasMaximum?: number;
  /** It keeps retained messages where absent. */
  readonly isRetainAvailable?: boolean;
  /** How long it keeps the session, where that is not what was asked for. */
  readonly sessionExpirySeconds?: number;
}
