import type { OrderHead, OrderQueries } from '../../store/order-queries.ts';
import type { Caller } from '../middleware/authenticate.ts';
import { Problem } from '../problems/problem.ts';

/** An order of the caller, or any for an admin. Another user's is as unknown as one that is not. */
export async function accessibleOrder(
  store: OrderQueries,
  orderId: string,
  caller: Caller,
): Promise<OrderHead> {
  return visible(await store.head(orderId), caller);
}

/** The one rule of who sees an order, for whatever was read of it. Throws Problem not_found. */
export function visible<T extends { userId: string }>(order: T | undefined, caller: Caller): T {
  if (order === undefined || !(caller.isAdmin || order.userId === caller.userId)) {
    throw new Problem('not_found');
  }
  return order;
}
