import type { Journal } from '#gateway/journal/journal.ts';
import { deadLetterMethods } from './dead-letters/dead-letter-methods.ts';
import { linkMethods } from './link/link-methods.ts';
import type { Outlets } from './open-outlets.ts';
import { powerMethods } from './power/power-watch.ts';

/** What a running gateway is asked about what leaves it, as methods of its control socket. */
export function outletMethods({ sinks, links, deadLetters, power }: Outlets, journal: Pick<Journal, 'clockRuns'>) {
  const ids = sinks.map(({ id }) => id);
  return {
    ...deadLetterMethods(deadLetters, ids, () => journal.clockRuns),
    ...linkMethods(links),
    ...powerMethods(power),
  };
}
