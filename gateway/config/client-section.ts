import { z } from 'zod';
import { topicFilterField } from './fields.ts';
import { hasNoPassword, hasOnePassword, ONE_PASSWORD, passwordFields, withPasswordSource } from './password-fields.ts';

/** One entry of `broker.clients`: a login, and what it may do. */
export function clientSection(folder: string) {
  return z
    .strictObject({
      username: z.string().min(1).max(256).describe('Login name.'),
      ...passwordFields(folder),
      certificate: z
        .boolean()
        .default(false)
        .describe(
          'Whether this login has no password: it is for client certificates with its name, on listeners with clientCa.',
        ),
      ...rights(),
      admin: z.boolean().default(false).describe('Whether this login may subscribe to $SYS/#.'),
    })
    .refine((login) => login.certificate || hasOnePassword(login), `${ONE_PASSWORD}, or certificate: true`)
    .refine((login) => !login.certificate || hasNoPassword(login), 'a login with certificate: true has no password')
    .transform(withPasswordSource)
    .transform(({ certificate, password, ...rest }) => ({ ...rest, password: certificate ? undefined : password }));
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
