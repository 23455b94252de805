import { z } from '@hono/zod-openapi';
import type { OperatorAction, OperatorInput } from '../../contract/order.ts';
import { isSameAddress } from '../../domain/address.ts';
import { refundComment } from '../../domain/evidence-comment.ts';
import type { HistoryRow, StoredOrder, StoredPayment } from '../../domain/records.ts';
import { note, transactionId } from '../schemas/actions.ts';

export type ActionInput = Omit<OperatorInput, 'by' | 'expectedVersion'>;

/** The order as it is stored; payments and history only for the actions that read them. */
export interface Stored {
  order: StoredOrder;
  payments: readonly StoredPayment[];
  history: readonly HistoryRow[];
}

/** All that the API knows of an action; what it does is in src/workflows/actions. */
interface ApiAction {
  /** Whether the order is as it is wanted: a repeat of what is done changes nothing. */
  isDone(stored: Stored, input: ActionInput): boolean;
  /** What `isDone` looks at beside the order. */
  reads?: 'payments' | 'history';
  /** Why the stored order rules it out for ever; undefined when its workflow has to be asked. */
  refuse(order: StoredOrder): string | undefined;
  /** What repeats have in common, beside the order and the action; a request without has none. */
  content?(input: ActionInput): unknown;
  /** Whether an order that has come to its end leaves nothing to be done. */
  endsWithOrder?: true;
  /** POST /api/admin/orders/{id}/{path}; without it, `routes/order-status.ts` offers the action. */
  route?: AdminRoute;
}

export interface AdminRoute {
  path: string;
  operationId: string;
  summary: string;
  description: string;
  body: z.ZodType<ActionInput>;
  isBodyOptional?: true;
}

const CANCELLED = 'the order is cancelled';

export const apiActions: Readonly<Record<OperatorAction, ApiAction>> = {
  retry: {
    isDone: () => false,
    refuse: () => undefined,
    endsWithOrder: true,
    route: {
      path: 'retry',
      operationId: 'retryOrder',
      summary: 'Retry what is stuck in an order now (admin)',
      description: 'Each is a retry of its own, and goes into the history.',
      body: z
        .strictObject({ note })
        .openapi('RetryOrder', { example: { note: 'payments is back' } }),
      isBodyOptional: true,
    },
  },
  cancelOrder: {
    // The reason does not count: a customer with many of them would have as many Updates.
    content: () => null,
    isDone: ({ order }) => order.status === 'CANCELADO' && order.cancellation?.by !== 'system',
    refuse({ status, cancellation }) {
      if (status === 'ENVIADO') return 'the order is shipped';
      return status === 'CANCELADO' ? `${CANCELLED}: ${cancellation?.reason}` : undefined;
    },
  },
  confirmPayment: {
    content: ({ transactionId }) => transactionId,
    reads: 'payments',
    isDone: ({ order, payments }, { transactionId }) =>
      isPaid(order) &&
      payments.some(
        (one) => one.paymentStatus === 'completed' && one.transactionId === transactionId,
      ),
    refuse(order) {
      if (order.status === 'CANCELADO') return CANCELLED;
      return isPaid(order) ? 'the order is paid, by another transaction' : undefined;
    },
    route: {
      path: 'confirm-payment',
      operationId: 'confirmPayment',
      summary: 'Take evidence from outside for a payment that is unknown or pending (admin)',
      description: 'The order becomes PAGADO, as by the status PAGADO.',
      body: z.strictObject({ transactionId, note }).openapi('ConfirmPayment', {
        example: { transactionId: 'tx-77', note: 'seen at the bank' },
      }),
    },
  },
  confirmRefund: {
    content: ({ transactionId }) => transactionId,
    reads: 'history',
    isDone: ({ history }, { transactionId = '' }) =>
      history.some(({ comment }) => comment === refundComment(transactionId)),
    refuse: () => undefined,
    endsWithOrder: true,
    route: {
      path: 'confirm-refund',
      operationId: 'confirmRefund',
      summary: 'Take evidence from outside that the money was given back (admin)',
      description:
        'For a cancelled order whose payment is refund_pending until a person gave it back.',
      body: z
        .strictObject({
          transactionId: transactionId.openapi({
            description: 'The number of the refund; "none" when there was nothing to give back',
          }),
          note,
        })
        .openapi('ConfirmRefund', {
          example: { transactionId: 'rf-12', note: 'sent by the bank' },
        }),
    },
  },
  approve: {
    content: () => null,
    reads: 'history',
    isDone: ({ history }) => history.some(({ comment }) => comment === 'approved'),
    refuse(order) {
      if (order.status === 'CANCELADO') return CANCELLED;
      return isPaid(order) ? 'the order is paid' : undefined;
    },
    route: {
      path: 'approve',
      operationId: 'approveOrder',
      summary: 'Let an order go on that is held for a review (admin)',
      description: 'It is charged then. Orders of more than the shop lets through are held before.',
      body: z
        .strictObject({ note })
        .openapi('ApproveOrder', { example: { note: 'known customer' } }),
      isBodyOptional: true,
    },
  },
  payAgain: {
    isDone: ({ order }) => isPaid(order),
    refuse: ({ status }) => (status === 'CANCELADO' ? CANCELLED : undefined),
  },
  changeAddress: {
    content: ({ shippingAddress }) => shippingAddress,
    isDone: ({ order }, { shippingAddress }) =>
      shippingAddress !== undefined && isSameAddress(order.shippingAddress, shippingAddress),
    refuse({ status }) {
      if (status === 'CANCELADO') return CANCELLED;
      return status === 'ENVIADO' ? 'the order is shipped' : undefined;
    },
  },
  markShipped: {
    content: ({ carrier, trackingNumber }) => ({ carrier, trackingNumber }),
    isDone: ({ order: { status, shipment } }, { carrier, trackingNumber }) =>
      status === 'ENVIADO' &&
      shipment?.carrier === carrier &&
      shipment?.trackingNumber === trackingNumber,
    refuse({ status }) {
      if (status === 'CANCELADO') return CANCELLED;
      return status === 'ENVIADO' ? 'the order is shipped, with other details' : undefined;
    },
  },
};

function isPaid({ status }: StoredOrder): boolean {
  return status === 'PAGADO' || status === 'ENVIADO';
}
