import { z } from 'zod';
import { brokerLimitsSection } from './broker-limits-section.ts';
import { anonymousSection, clientSection } from './client-section.ts';
import { listenerSection } from './listener-section.ts';

/** Everything under `broker`: who may connect, from where, and what they may do. */
export function brokerSection(folder: string) {
  return z
    .strictObject({
      listeners: z
        .array(listenerSection(folder))
        .min(1)
        .prefault([{ type: 'mqtt', host: '127.0.0.1', port: 1883 }])
        .describe('Where MQTT clients connect.'),
      anonymous: anonymousSection(),
      clients: z.array(clientSection(folder)).default([]).describe('Logins. What is not granted is denied.'),
      limits: brokerLimitsSection(),
      sysIntervalSeconds: z
        .int()
        .min(0)
        .max(3600)
        .default(10)
        .describe(
          'How often figures of the broker are published under $SYS, for administrators, while somebody is subscribed; 0 for never.',
        ),
    })
    .prefault({})
    .describe('The embedded MQTT broker.');
}
