/** Keys come from the order, never from a run or a random number: a reset must not mint new ones. */
export const chargeKey = (orderId: string) => `${orderId}:charge`;
export const reserveKey = (orderId: string) => `${orderId}:reserve`;
