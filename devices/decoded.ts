/**
 * The result of every decoder in `devices/`: bad bytes are not exceptional, so they are a value with a reason, never a throw.
 * Each reason is a short kebab-case word from a closed union of its decoder; whoever drives the decoder counts them.
 */
export type Decoded<T, Reason extends string = string> =
  | { readonly isDecoded: true; readonly value: T }
  | { readonly isDecoded: false; readonly reason: Reason };

/** Wraps a value that passed every check. */
export function decoded<T>(value: T): { readonly isDecoded: true; readonly value: T } {
  return { isDecoded: true, value };
}

/** Names why the bytes were refused. */
export function rejected<Reason extends string>(
  reason: Reason,
): { readonly isDecoded: false; readonly reason: Reason } {
  return { isDecoded: false, reason };
}
