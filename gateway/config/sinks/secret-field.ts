import { z } from 'zod';
import { pathField } from '#gateway/config/fields.ts';
import type { SecretSource } from '#gateway/config/load-secret.ts';

/** Where a secret lies that is no password: `<kind>File` or `<kind>Env`, exactly one of them; the value has it under `kind`. */
export function secretField<K extends 'token' | 'secret'>(folder: string, kind: K) {
  const [file, env] = [`${kind}File`, `${kind}Env`];
  return z
    .strictObject({
      [file]: pathField(folder).optional().describe(`File that holds the ${kind}; line ends after it are ignored.`),
      [env]: z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of an environment variable')
        .optional()
        .describe(`Environment variable that holds the ${kind}, in place of ${file}.`),
    })
    .refine((keys) => (keys[file] === undefined) !== (keys[env] === undefined), `expected one of ${file} and ${env}`)
    .transform((keys) => {
      const source: SecretSource = keys[file] === undefined ? { env: keys[env] ?? '' } : { file: keys[file] };
      // The computed key is the one that was asked for.
      return { [kind]: source } as Readonly<Record<K, SecretSource>>;
    });
}
