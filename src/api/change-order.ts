import type { OperatorAction, OperatorInput } from '../contract.ts';
import type { StoredOrder } from '../domain/records.ts';
import type { OrderQueries } from '../store/order-queries.ts';
import type { Caller } from './auth.ts';
import { expectedVersion } from './conditional.ts';
import type { OrderWorkflows } from './order-workflows.ts';
import { Problem } from './problem.ts';
import { visible, visibleOrder } from './visible-order.ts';

export interface ChangeDeps {
  workflows: OrderWorkflows;
  store: OrderQueries;
}

export interface OrderChange {
  orderId: string;
  caller: Caller;
  ifMatch?: string | undefined;
  action: OperatorAction;
  input: Omit<OperatorInput, 'by' | 'expectedVersion'>;
}

/**
 * Has the order's workflow do something, in the name of the caller, and answers the order as it is
 * then; undefined when that is not done by the deadline. Throws Problem for a refusal.
 */
export async function changeOrder(
  { workflows, store }: ChangeDeps,
  { orderId, caller, ifMatch, action, input }: OrderChange,
): Promise<StoredOrder | undefined> {
  const before = await visibleOrder(store, orderId, caller);
  const state = await workflows.act(orderId, action, {
    ...input,
    by: caller.userId,
    ...expectedVersion(before, ifMatch),
  });
  if (state === 'pending') return undefined;
  const order = visible(await store.find(orderId), caller);
  // It was accepted, and then a cancellation was faster.
  if (action === 'confirmPayment' && order.status === 'CANCELADO') {
    throw new Problem('illegal_transition', 'The order was cancelled meanwhile');
  }
  return order;
}
