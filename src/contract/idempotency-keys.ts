/** Keys come from the order, never from a run or a random number: a reset must not mint new ones. */
/** A payment that was declined leaves its key behind: the next attempt has one of its own. */
export const chargeKey = (orderId: string, attempt = 1) =>
  `${orderId}:charge${attempt > 1 ? `:${attempt}` : ''}`;
export const reserveKey = (orderId: string) => `${orderId}:reserve`;
/** Of one refund, at Payments and at Inventory; no order has many. */
export const refundKey = (orderId: string, refundId: string) => `${orderId}:refund:${refundId}`;
