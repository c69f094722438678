import type { SinkConfig } from '#gateway/config/config-schema.ts';
import { loadSecret, type SecretSource } from '#gateway/config/load-secret.ts';
import type { Secret } from '#gateway/model/secret.ts';
import { credentialsOf } from './credentials-of.ts';

/** A sink with its secrets in place of where they lie. */
export type WithSecrets<S> = { readonly [K in keyof S]: K extends 'credentials' ? Loaded<S[K]> : S[K] };

type Loaded<C> = C extends object ? { readonly [K in keyof C]: C[K] extends SecretSource ? Secret : C[K] } : C;

/** Reads what a sink proves itself with, whatever its type; names of files that its target reads itself stay. @throws as `loadSecret` */
export async function loadCredentials(sink: SinkConfig): Promise<WithSecrets<SinkConfig>> {
  const credentials: Readonly<Record<string, string | SecretSource | undefined>> = { ...credentialsOf(sink) };
  const loading = Object.entries(credentials).map(
    async ([key, value]) => [key, typeof value === 'object' ? await loadSecret(value) : value] as const,
  );
  const loaded = Object.fromEntries(await Promise.all(loading));
  // Key by key as the type says; a compiler cannot follow that through entries.
  return (loading.length === 0 ? sink : { ...sink, credentials: loaded }) as WithSecrets<SinkConfig>;
}
