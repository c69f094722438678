import { z } from 'zod';
import { isLoopback } from '#gateway/model/loopback.ts';

/** One entry of `broker.listeners`: where MQTT clients connect, and by what transport. */
export function listenerSection() {
  return z
    .strictObject({
      type: z.literal('mqtt').describe('Plain MQTT over TCP.'),
      host: z.string().min(1).default('127.0.0.1').describe('Address to listen on.'),
      port: z.int().min(0).max(65_535).default(1883).describe('TCP port; 0 takes a free one.'),
      insecure: z
        .boolean()
        .default(false)
        .describe('Must be true for plain MQTT on anything but loopback: passwords and payloads travel in the clear.'),
    })
    .refine(({ host, insecure }) => insecure || isLoopback(host), {
      path: ['host'],
      error: 'plain MQTT off loopback sends passwords in the clear; listen on 127.0.0.1, or write insecure: true',
    });
}
