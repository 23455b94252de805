import type { InventoryService } from '../clients/inventory.ts';
import { NoPayment, type PartialRefund, type PaymentsService } from '../clients/payments.ts';
import { refundKey } from '../contract/idempotency-keys.ts';
import type { RefundRequest } from '../contract/refund.ts';
import type { RefundedOrder, RefundProgress, ReservedRefund } from '../domain/records.ts';
import type { RefundLine } from '../domain/refund.ts';
import { Refusal } from '../domain/refusal.ts';
import type { RefundStore } from '../store/refund-store.ts';
import { withFailures } from './error-mapping.ts';

export interface RefundDeps {
  inventory: InventoryService;
  payments: PaymentsService;
  refunds: RefundStore;
}

interface OneRefund {
  orderId: string;
  refundId: string;
}

export type RefundActivities = ReturnType<typeof createRefundActivities>;

/** The steps of a refund. Each may be repeated: its key comes from the refund's id. */
export function createRefundActivities({ inventory, payments, refunds }: RefundDeps) {
  return withFailures({
    async reserveRefund(request: RefundRequest & { at: string }): Promise<ReservedRefund> {
      return refunds.reserve(request, request.at);
    },

    /** Answers the number of the refund; null when the money is not at Payments. */
    async refundPayment(
      refund: OneRefund & PartialRefund & Pick<ReservedRefund, 'paymentKey' | 'isConfirmedByHand'>,
    ): Promise<string | null> {
      const { orderId, refundId, paymentKey, isConfirmedByHand, amount, currency } = refund;
      const key = refundKey(orderId, refundId);
      try {
        return await payments.refund(paymentKey, key, { amount, currency });
      } catch (error) {
        // What a person vouched for may be anywhere.
        if (error instanceof NoPayment) return null;
        if (error instanceof Refusal && isConfirmedByHand) return null;
        throw error;
      }
    },

    async takeBackStock({ orderId, refundId, lines }: OneRefund & { lines: RefundLine[] }) {
      await inventory.takeBack(refundKey(orderId, refundId), lines);
    },

    async recordDecision(progress: RefundProgress): Promise<void> {
      await refunds.advance(progress);
    },

    async recordRefund(progress: Omit<RefundProgress, 'status'>): Promise<RefundedOrder> {
      return refunds.complete(progress);
    },
  });
}
