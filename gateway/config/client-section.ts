import { z } from 'zod';
import { topicFilterField } from './fields.ts';
import { hasOnePassword, ONE_PASSWORD, passwordFields, withPasswordSource } from './password-fields.ts';

/** One entry of `broker.clients`: a login, and what it may do. */
export function clientSection(folder: string) {
  return z
    .strictObject({
      username: z.string().min(1).max(256).describe('Login name.'),
      ...passwordFields(folder),
      ...rights(),
      admin: z.boolean().default(false).describe('Whether this login may subscribe to $SYS/#.'),
    })
    .refine(hasOnePassword, ONE_PASSWORD)
    .transform(withPasswordSource);
}

/** `broker.anonymous`: what clients without a login may do. */
export function anonymousSection() {
  return z
    .union([z.literal(false), z.strictObject(rights())], 'expected false, or rights such as { publish: ["sensors/#"] }')
    .default(false)
    .describe('Rights of clients without a login, on loopback listeners only; false refuses them.');
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
    denySubscribe: z
      .array(topicFilterField())
      .default([])
      .describe(
        `Topic filters withheld from \`subscribe\`: a subscription within one is refused, and a wider one does not bring what it matches.`,
      ),
  };
}
