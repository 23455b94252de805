import { activityInfo, getClient } from '@temporalio/activity';
import { v5 as uuidv5 } from 'uuid';
import type { OrderPolicy } from '../../contract/order.ts';
import { REFUND_WORKFLOW, type RefundInput } from '../../contract/refund.ts';
import { refundStart } from '../../contract/refund-start.ts';
import type { StoredOrder } from '../../domain/records.ts';
import type { OrderQueries } from '../../store/order-queries.ts';

interface Resumption {
  orderId: string;
  refundIds: string[];
  policy: OrderPolicy;
}

/** Amounts in minor units. */
interface Adoption {
  orderId: string;
  amount: number;
  /** All that Payments has given back: tells one adoption from the next. */
  givenBack: number;
  policy: OrderPolicy;
}

/** Gives refunds a workflow again, made from what is recorded: they go on from there. */
export async function resumeRefunds(
  queries: OrderQueries,
  { orderId, refundIds, policy }: Resumption,
): Promise<void> {
  const order = await queries.find(orderId);
  if (order === undefined) return;
  for (const { status, ...refund } of await queries.refunds(orderId)) {
    if (!refundIds.includes(refund.refundId)) continue;
    const { refundId, kind, reason, restock, by, requestHash } = refund;
    await start(order, { refundId, orderId, kind, reason, restock, by, requestHash, policy });
  }
}

/** Records money that was given back at the payment provider, as a refund like others. */
export async function adoptRefund(
  queries: OrderQueries,
  { orderId, amount, givenBack, policy }: Adoption,
): Promise<void> {
  const order = await queries.find(orderId);
  if (order === undefined) return;
  const refundId = uuidv5(`provider:${givenBack}`, orderId);
  const told = { by: 'reconciler', restock: false, requestHash: 'provider' };
  await start(order, { refundId, orderId, kind: 'provider', amount, ...told, policy });
}

async function start(order: StoredOrder, input: RefundInput): Promise<void> {
  const { taskQueue } = activityInfo();
  await getClient().workflow.start(REFUND_WORKFLOW, refundStart(input, order, taskQueue));
}
