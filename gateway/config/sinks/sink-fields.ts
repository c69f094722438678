import { z } from 'zod';
import { hasOnePassword, ONE_PASSWORD, passwordFields, withPasswordSource } from '#gateway/config/password-fields.ts';

/** The field types that several types of sink share. */

/** Where the remote is; each type adds what a URL of its own looks like. */
export function urlField() {
  return z
    .string()
    .refine((url) => !url.includes('@'), { error: 'a url holds no login; write it under credentials', abort: true });
}

/** A login name with its password. */
export function loginField(folder: string) {
  return z
    .strictObject({ username: z.string().min(1).describe('Login name at the remote.'), ...passwordFields(folder) })
    .refine(hasOnePassword, ONE_PASSWORD)
    .transform(withPasswordSource);
}

/** How long to wait for an answer. */
export function ackTimeoutField() {
  return z.int().min(100).max(600_000).default(10_000);
}
