/**
 * What rules may do on the broker: read every event, and publish what follows from them. They never speak for a device, a sensor
 * or the gateway itself.
 */
export const RULES_ACCOUNT = {
  username: 'rules',
  subscribe: ['devices/#', 'sensors/#', 'events/#', 'alerts/#', 'status/#'],
  publish: ['events/#', 'alerts/#', 'commands/#'],
} as const;
