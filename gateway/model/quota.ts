/** A quota holds at least so many files: those of a small one are smaller. What is kept never falls below three quarters of it. */
export const MIN_SEGMENTS_PER_QUOTA = 4;
