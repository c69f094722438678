import { fileURLToPath } from 'node:url';

/** The root of the source tree. */
export const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
