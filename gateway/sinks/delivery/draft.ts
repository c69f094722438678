/**
 * A copy of a value that one step may change in place before anybody else sees it: a step that hears of a hundred
 * acknowledgements copies the lists of what is in flight once, not a hundred times.
 */
export type Draft<T> = { -readonly [K in keyof T]: T[K] };
