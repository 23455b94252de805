import {
  DELIVERY_WORKFLOW,
  type DeliveryInput,
  deliveryWorkflowId,
} from '../../contract/delivery.ts';
import { type OrderPolicy, whoseOrder } from '../../contract/order.ts';
import type { StoredOrder } from '../../domain/records.ts';
import { isGrpcDeadline } from '../../platform/grpc-errors.ts';
import type { OrderQueries } from '../../store/order-queries.ts';
import { Problem } from '../problems/problem.ts';
import { temporalProblem } from '../problems/temporal-problem.ts';
import type { OrderWorkflows } from './order-workflows.ts';

export interface DeliveryDeps {
  workflows: OrderWorkflows;
  store: OrderQueries;
  policy: OrderPolicy;
}

type Told = Pick<DeliveryInput, 'deliveredAt' | 'by' | 'note'>;

/**
 * Records that an order has arrived, and answers it as it is then; undefined while that is under way.
 * The first such fact stands: a repeat changes nothing. Throws Problem.
 */
export async function deliver(
  { workflows, store, policy }: DeliveryDeps,
  order: StoredOrder,
  told: Told,
): Promise<StoredOrder | undefined> {
  if (order.deliveredAt !== undefined) return order;
  assertShippedBefore(order, new Date(told.deliveredAt));
  const { orderId, orderNumber } = order;
  const { client, taskQueue, deadlineMs } = workflows.options;
  const input: DeliveryInput = { orderId, ...told, policy };
  try {
    await client.withDeadline(Date.now() + deadlineMs, () =>
      client.workflow.execute<(input: DeliveryInput) => Promise<void>>(DELIVERY_WORKFLOW, {
        ...{ workflowId: deliveryWorkflowId(orderId), taskQueue, args: [input] },
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowTaskTimeout: '3s',
        staticSummary: `delivery, order ${orderNumber}`,
        typedSearchAttributes: whoseOrder(order),
      }),
    );
  } catch (error) {
    if (!isGrpcDeadline(error)) throw temporalProblem(error);
  }
  // It is recorded before others are told, who may be away.
  const now = await store.find(orderId);
  return now?.deliveredAt === undefined ? undefined : now;
}

function assertShippedBefore({ status, shippedAt }: StoredOrder, at: Date): void {
  if (status !== 'ENVIADO' || shippedAt === undefined) {
    throw new Problem('illegal_transition', `The order is ${status}`);
  }
  if (at >= shippedAt && at <= new Date()) return;
  const why = at < shippedAt ? 'It was shipped later' : 'That is in the future';
  throw new Problem('illegal_transition', why);
}
