import type { Secret } from '#gateway/model/secret.ts';

/** Where rules publish and subscribe, and as whom. */
export const RULES_USERNAME = 'rules';

/** After a quiet time rules may publish at once what they may publish in so many seconds: a rule answers many readings that come together. */
const BURST_S = 2;

/**
 * What rules may do on the broker: read every event, and publish what follows from them. They never speak for a device, a sensor
 * or the gateway itself.
 *
 * MQTT.js sends a publish again on the next connection, for ever, if it was answered with a close: one wrong topic in one flow
 * would keep all of them off the broker. So theirs are acknowledged and dropped.
 */
export function rulesAccount(password: Secret, maxPublishesPerSecond: number) {
  return {
    username: RULES_USERNAME,
    password,
    isPasswordDrawn: true,
    subscribe: ['devices/#', 'sensors/#', 'events/#', 'alerts/#', 'status/#'],
    publish: ['events/#', 'alerts/#', 'commands/#'],
    refusedPublishes: 'drop',
    publishRate: { perSecond: maxPublishesPerSecond, burst: maxPublishesPerSecond * BURST_S },
  } as const;
}
