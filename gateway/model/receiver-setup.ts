import {
  CONFIGURABLE_MESSAGES,
  type ConfigurableMessage,
  RECEIVER_PORTS,
  type ReceiverConfiguration,
  type ReceiverPort,
} from '#devices/ubx/configuration-request.ts';

/** What a u-blox receiver is told after each opening of its port, if it is to be told anything: by itself the gateway never writes to a receiver. */
export type ReceiverSetup = ReceiverConfiguration;

/** The messages whose rate can be set. */
export const SETUP_MESSAGES: readonly ConfigurableMessage[] = CONFIGURABLE_MESSAGES;

/** The ports that a receiver may be read by. */
export const SETUP_PORTS: readonly ReceiverPort[] = RECEIVER_PORTS;

/** How often a receiver can state a position, in a second. */
export const SETUP_RATE_HZ = { min: 0.1, max: 30 } as const;
