import { z } from 'zod';
import { pathField } from './fields.ts';
import type { SecretSource } from './load-secret.ts';

/** The two keys that say where a password lies. One of them must be given: {@link hasOnePassword}. */
export function passwordFields(folder: string) {
  return {
    passwordFile: pathField(folder)
      .optional()
      .describe('File that holds the password; line ends after it are ignored.'),
    passwordEnv: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of an environment variable')
      .optional()
      .describe('Environment variable that holds the password, in place of passwordFile.'),
  };
}

interface PasswordKeys {
  readonly passwordFile?: string | undefined;
  readonly passwordEnv?: string | undefined;
}

/** Whether exactly one place is named. */
export function hasOnePassword({ passwordFile, passwordEnv }: PasswordKeys): boolean {
  return (passwordFile === undefined) !== (passwordEnv === undefined);
}

/** Whether no place is named. */
export function hasNoPassword({ passwordFile, passwordEnv }: PasswordKeys): boolean {
  return passwordFile === undefined && passwordEnv === undefined;
}

/** What to say when {@link hasOnePassword} denies. */
export const ONE_PASSWORD = 'expected either passwordFile or passwordEnv';

/** Turns the two keys into one value. */
export function withPasswordSource<T extends PasswordKeys>({ passwordFile, passwordEnv, ...rest }: T) {
  const password: SecretSource = passwordFile === undefined ? { env: passwordEnv ?? '' } : { file: passwordFile };
  return { ...rest, password };
}
