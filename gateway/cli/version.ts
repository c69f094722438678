import { readFileSync } from 'node:fs';

/** The version of this Waystation, from its package. */
export function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  // Our own file, checked by npm before it gets here.
  return (JSON.parse(text) as { readonly version: string }).version;
}
