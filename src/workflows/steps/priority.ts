/*
 * What a worker takes first when more is waiting than it can do: Temporal's keys, 1 to 5. Where none is
 * said it is 3: orders that somebody waits for, with their charges and what undoes them.
 */

/** Publishing, and what is stuck and was not asked for alone: nobody waits for it at this moment. */
export const LATER = { priorityKey: 4 };

/** What the service looks at by itself. */
export const LAST = { priorityKey: 5 };
