import { createHmac } from 'node:crypto';
import type { Secret } from '#gateway/model/secret.ts';

/** What is signed: with another moment, another message or another byte the signature is another. */
export interface SignedContent {
  /** The same for the same events, so that a receiver may drop what came before. */
  readonly id: string;
  readonly unixSeconds: number;
  readonly body: Uint8Array;
}

/** A secret that begins so is base64 behind it; any other is its own bytes. */
const ENCODED_PREFIX = 'whsec_';

/**
 * The headers by which a receiver knows who sent a delivery, and when: HMAC-SHA-256 over id, time and body.
 *
 * @see Standard Webhooks 1.0, «Signature scheme»
 */
export function signDelivery(
  secret: Secret,
  { id, unixSeconds, body }: SignedContent,
): Readonly<Record<string, string>> {
  const hmac = createHmac('sha256', keyOf(secret)).update(`${id}.${unixSeconds}.`).update(body);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(unixSeconds),
    'webhook-signature': `v1,${hmac.digest('base64')}`,
  };
}

function keyOf(secret: Secret): Buffer {
  const text = secret.reveal();
  return text.startsWith(ENCODED_PREFIX) ? Buffer.from(text.slice(ENCODED_PREFIX.length), 'base64') : Buffer.from(text);
}
