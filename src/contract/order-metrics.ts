/** What the workflows of orders measure; the worker serves it with the SDK's own metrics. */

/** Orders that came to their end, by status and the code of the refusal (`none` without one). */
export const ORDERS_FINISHED = 'orders_finished';

/** Seconds from the start of the order's workflow, as histograms. */
export const TIME_TO = {
  accepted: 'orders_time_to_accepted_seconds',
  paid: 'orders_time_to_paid_seconds',
  shipped: 'orders_time_to_shipped_seconds',
} as const;

const HOUR = 3_600;
const DAY = 24 * HOUR;

/** Upper bounds in seconds: a card is charged at once, a transfer and a parcel take days. */
export const TIME_BUCKETS: Record<(typeof TIME_TO)[keyof typeof TIME_TO], number[]> = {
  [TIME_TO.accepted]: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, HOUR],
  [TIME_TO.paid]: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 300, HOUR, DAY, 3 * DAY, 7 * DAY],
  [TIME_TO.shipped]: [60, HOUR, 6 * HOUR, DAY, 2 * DAY, 3 * DAY, 5 * DAY, 7 * DAY, 14 * DAY],
};
