import type { StoredOrder } from '../../domain/records.ts';
import type { OrderQueries } from '../../store/order-queries.ts';
import { expectedVersion } from '../http/etag.ts';
import type { Caller } from '../middleware/authenticate.ts';
import { Problem, unavailable } from '../problems/problem.ts';
import { apiActions, type Stored } from './api-actions.ts';
import { visible } from './order-access.ts';
import type { ActionProgress } from './order-actions.ts';
import { type Intent, isDone, updateIdOf, whyNot } from './order-intents.ts';
import type { OrderWorkflows } from './order-workflows.ts';

export interface ChangeDeps {
  workflows: OrderWorkflows;
  store: OrderQueries;
}

export interface OrderChange extends Intent {
  orderId: string;
  caller: Caller;
  ifMatch?: string | undefined;
}

/**
 * Has the order's workflow do something, in the name of the caller, and answers the order as it is
 * then; undefined when that is not done by the deadline. A repeat is answered as its first request
 * ended, from MongoDB where that says it. Throws Problem for a refusal.
 */
export async function changeOrder(
  { workflows, store }: ChangeDeps,
  { orderId, caller, ifMatch, ...intent }: OrderChange,
): Promise<StoredOrder | undefined> {
  const { reads, endsWithOrder } = apiActions[intent.action];
  const before = await look();
  // Before If-Match is compared: it names the version that the first request, whose answer may be
  // lost, was meant for. RFC 9110, 13.1.1, has such a repeat succeed.
  if (isDone(intent, before)) return before.order;
  const condition = expectedVersion(before.order, ifMatch);
  refuseImpossible(before);
  return answer(await perform());

  async function look(): Promise<Stored> {
    const order = visible(await store.find(orderId), caller);
    const payments = reads === 'payments' ? await store.payments(orderId) : [];
    const history = reads === 'history' ? await store.history(order) : [];
    return { order, payments, history };
  }

  function refuseImpossible({ order }: Stored): void {
    const why = whyNot(intent, order);
    if (why !== undefined) throw new Problem('illegal_transition', why);
  }

  async function perform(): Promise<ActionProgress> {
    const { action } = intent;
    const input = { ...intent.input, by: caller.userId, ...condition };
    const updateId = updateIdOf(intent, before.order.version, condition);
    try {
      return await workflows.perform({ orderId, action, input, updateId });
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'illegal_transition')) throw error;
      // Somebody else may have done the same meanwhile.
      if (isDone(intent, await look())) return 'done';
      throw error;
    }
  }

  async function answer(progress: ActionProgress): Promise<StoredOrder | undefined> {
    if (progress === 'pending') return undefined;
    const after = await look();
    if (isDone(intent, after)) return after.order;
    refuseImpossible(after);
    if (progress === 'done') return after.order;
    if (endsWithOrder) throw new Problem('illegal_transition', 'The order has come to its end');
    throw unavailable('The order is temporarily not being worked on');
  }
}
