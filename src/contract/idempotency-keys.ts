/** Keys come from the order, never from a run or a random number: a reset must not mint new ones. */
export const chargeKey = (orderId: string) => `${orderId}:charge`;
export const reserveKey = (orderId: string) => `${orderId}:reserve`;
/** Of one refund, at Payments and at Inventory; no order has many. */
export const refundKey = (orderId: string, refundId: string) => `${orderId}:refund:${refundId}`;
