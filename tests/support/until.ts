/** How often a condition is looked at. */
const POLL_MS = 10;

/**
 * Waits until `condition` gives something other than `undefined` and `false`; a test never sleeps for a guessed time.
 *
 * @param what named in the error when the time is over
 * @throws Error after `limitMs`
 */
export async function until<T>(
  what: string,
  limitMs: number,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const startMs = performance.now();
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (performance.now() - startMs > limitMs) throw new Error(`Waited ${limitMs} ms in vain until ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
