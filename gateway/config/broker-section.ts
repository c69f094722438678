import { z } from 'zod';
import { isLoopback } from '#gateway/model/loopback.ts';
import { sizeField, topicFilterField } from './fields.ts';
import { hasOnePassword, ONE_PASSWORD, passwordFields, withPasswordSource } from './password-fields.ts';

/** Everything under `broker`: who may connect, from where, and what they may do. */
export function brokerSection(folder: string) {
  return z
    .strictObject({
      listeners: z
        .array(listener())
        .min(1)
        .default([{ type: 'mqtt', host: '127.0.0.1', port: 1883, insecure: false }])
        .describe('Where MQTT clients connect.'),
      anonymous: z
        .union(
          [z.literal(false), z.strictObject(rights())],
          'expected false, or rights such as { publish: ["sensors/#"] }',
        )
        .default(false)
        .describe('Rights of clients without a login, on loopback listeners only; false refuses them.'),
      clients: z.array(client(folder)).default([]).describe('Logins. What is not granted is denied.'),
      limits: limits(),
    })
    .prefault({})
    .describe('The embedded MQTT broker.');
}

function listener() {
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

function rights() {
  return {
    publish: z
      .array(topicFilterField())
      .default([])
      .describe(`Topic filters that may be published on; \${clientId} and \${username} stand for the client’s own.`),
    subscribe: z
      .array(topicFilterField())
      .default([])
      .describe(`Topic filters that may be subscribed to; \${clientId} and \${username} stand for the client’s own.`),
  };
}

function client(folder: string) {
  return z
    .strictObject({
      username: z.string().min(1).max(256).describe('Login name.'),
      ...passwordFields(folder),
      ...rights(),
    })
    .refine(hasOnePassword, ONE_PASSWORD)
    .transform(withPasswordSource);
}

function limits() {
  return z
    .strictObject({
      maxClients: z.int().min(1).max(10_000).default(200).describe('Connections at once; more are refused.'),
      maxPacketBytes: sizeField(1024, 16 * 2 ** 20)
        .prefault('256KiB')
        .describe('Largest MQTT packet; a client that sends more is disconnected.'),
      maxQueuedMessages: z
        .int()
        .min(1)
        .max(1_000_000)
        .default(10_000)
        .describe('Messages kept for one subscriber that reads too slowly.'),
      drainTimeoutMs: z
        .int()
        .min(100)
        .max(60_000)
        .default(8000)
        .describe('How long one write to a client may wait before the client is disconnected.'),
    })
    .prefault({})
    .describe('Bounds that keep one client from harming the others.');
}
