import { deliveryWorkflowId } from '../../../src/contract/delivery.ts';
import { refundWorkflowId } from '../../../src/contract/refund.ts';
import {
  askRefund,
  OLGA,
  type RefundAnswer,
  refundHandle,
  refundsOf,
  shipped,
  untilRefundStuck,
  untilStuckAt,
} from '../after-sale/refunds.ts';
import { request, ship } from '../api/requests.ts';
import { eventually } from '../eventually.ts';
import { refuseWrites } from '../mongodb/refuse-writes.ts';
import { update } from '../operators/operators.ts';
import { outcome } from '../orders/orders.ts';
import { fault } from '../services/services.ts';
import type { Stack } from '../stack.ts';
import { untilPending } from './orders.ts';

type Path = (stack: Stack) => Promise<{ workflowId: string }>;

const ONE_BACK = { lines: [{ productId: 'P-1001', quantity: 1 }], restock: true };

/** The refund of an order that has one, as soon as it is set aside. */
async function begun(stack: Stack, orderId: string): Promise<string> {
  return eventually(async () => {
    const [refund] = await refundsOf(stack, orderId);
    if (refund === undefined) throw new Error('no refund is set aside yet');
    return refund.refundId;
  });
}

/** Asks for a refund, and answers it once it is set aside; its answer is not waited for. */
export async function asked(
  stack: Stack,
  orderId: string,
  body: object = ONE_BACK,
): Promise<string> {
  void askRefund(stack, orderId, body);
  return begun(stack, orderId);
}

async function ended(stack: Stack, orderId: string, refundId: string) {
  await refundHandle(stack, orderId, refundId).result();
  return { workflowId: refundWorkflowId(orderId, refundId) };
}

/** Plays a refund that is stuck at a step for a fault, and retried when the fault is gone. */
const stuckAt =
  (step: string, breakIt: (stack: Stack, orderId: string) => Promise<() => Promise<void>>): Path =>
  async (stack) => {
    const orderId = await shipped(stack);
    const repair = await breakIt(stack, orderId);
    const refundId = await asked(stack, orderId);
    await untilRefundStuck(stack, orderId, refundId, step);
    await repair();
    await refundHandle(stack, orderId, refundId).signal('retry', { by: 'olga' });
    return ended(stack, orderId, refundId);
  };

async function withdrawn(stack: Stack): Promise<{ orderId: string; refundId: string }> {
  const orderId = await shipped(stack);
  const path = `/api/orders/${orderId}/withdrawal`;
  const response = await request(stack, path, { method: 'POST' });
  const { refundId } = (await response.json()) as RefundAnswer;
  return { orderId, refundId };
}

/** Every path of what happens after the shipment. */
export const laterPaths: Record<string, Path> = {
  async 'delivery-stuck-at-its-record-and-retried'(stack) {
    const orderId = await shipped(stack);
    const repair = await refuseWrites(stack, 'orderstatushistory');
    void request(stack, `/api/admin/orders/${orderId}/deliveries`, { method: 'POST', ...OLGA });
    const workflowId = deliveryWorkflowId(orderId);
    const handle = stack.client.workflow.getHandle(workflowId);
    await untilStuckAt(handle, 'recordDelivery');
    await repair();
    await handle.signal('retry', { by: 'olga' });
    await handle.result();
    return { workflowId };
  },

  async 'refund-of-a-line-that-goes-back-into-the-stock'(stack) {
    const orderId = await shipped(stack);
    const refundId = await asked(stack, orderId);
    return ended(stack, orderId, refundId);
  },
  'refund-stuck-at-payments-and-retried': stuckAt('refundPayment', (stack, orderId) =>
    fault(stack, 'payments', {
      ...{ route: 'POST /api/payments/by-key/{key}/refund', kind: 'errorAfter', orderId },
    }),
  ),
  'refund-stuck-at-the-stock-and-retried': stuckAt('takeBackStock', (stack, orderId) =>
    fault(stack, 'inventory', {
      ...{ route: 'POST /api/inventory/returns', kind: 'errorBefore', orderId },
    }),
  ),
  'refund-stuck-at-its-record-and-retried': stuckAt('recordRefund', (stack) =>
    refuseWrites(stack, 'orderstatushistory'),
  ),
  async 'refund-of-more-than-is-left'(stack) {
    const orderId = await shipped(stack);
    const key = encodeURIComponent(`${orderId}:charge`);
    const url = `${stack.simulators.urls.payments}/api/payments/by-key/${key}/void`;
    await fetch(url, { method: 'POST' });
    const refundId = await asked(stack, orderId, { all: true });
    return ended(stack, orderId, refundId);
  },
  async 'refund-by-a-person'(stack) {
    const orderId = await untilPending(stack);
    await update(stack, orderId, 'confirmPayment', { by: 'olga', transactionId: 'transfer-17' });
    await ship(stack, orderId);
    await outcome(stack, orderId);
    const refundId = await asked(stack, orderId, { amount: '1.00' });
    await untilRefundStuck(stack, orderId, refundId, 'refundPayment');
    const evidence = { by: 'olga', transactionId: 'refund-17' };
    await refundHandle(stack, orderId, refundId).signal('confirmRefund', evidence);
    return ended(stack, orderId, refundId);
  },
  async 'withdrawal-that-is-approved'(stack) {
    const { orderId, refundId } = await withdrawn(stack);
    await refundHandle(stack, orderId, refundId).signal('confirmRefund', { by: 'olga' });
    await refundHandle(stack, orderId, refundId).executeUpdate('approve', {
      args: [{ by: 'olga' }],
    });
    return ended(stack, orderId, refundId);
  },
  async 'withdrawal-that-is-rejected'(stack) {
    const { orderId, refundId } = await withdrawn(stack);
    await refundHandle(stack, orderId, refundId).signal('reject', { by: 'olga', reason: 'worn' });
    return ended(stack, orderId, refundId);
  },
};
