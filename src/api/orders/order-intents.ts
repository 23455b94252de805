import type { OperatorAction, OperatorInput } from '../../contract/order.ts';
import { refundComment } from '../../domain/evidence-comment.ts';
import type { HistoryRow, StoredOrder, StoredPayment } from '../../domain/records.ts';
import { hashOf } from './request-hash.ts';

/** What somebody wants of an order. */
export interface Intent {
  action: OperatorAction;
  input: Omit<OperatorInput, 'by' | 'expectedVersion'>;
}

/** The order as it is stored; payments and history only for the actions that ask for them. */
export interface Stored {
  order: StoredOrder;
  payments: readonly StoredPayment[];
  history: readonly HistoryRow[];
}

interface Rule {
  /** Whether the order is as it is wanted: a repeat of what is done changes nothing. */
  isDone(stored: Stored, input: Intent['input']): boolean;
  /** Why the stored order rules it out for ever; undefined when its workflow has to be asked. */
  refuse(order: StoredOrder): string | undefined;
  /** What repeats have in common, beside the order and the action; a request without has none. */
  content?(input: Intent['input']): unknown;
}

const CANCELLED = 'the order is cancelled';

const rules: Readonly<Record<OperatorAction, Rule>> = {
  retry: {
    isDone: () => false,
    refuse: () => undefined,
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
    isDone: ({ order, payments }, { transactionId }) =>
      isPaid(order) &&
      payments.some(
        (one) => one.paymentStatus === 'completed' && one.transactionId === transactionId,
      ),
    refuse(order) {
      if (order.status === 'CANCELADO') return CANCELLED;
      return isPaid(order) ? 'the order is paid, by another transaction' : undefined;
    },
  },
  confirmRefund: {
    content: ({ transactionId }) => transactionId,
    isDone: ({ history }, { transactionId = '' }) =>
      history.some(({ comment }) => comment === refundComment(transactionId)),
    refuse: () => undefined,
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

export function isDone({ action, input }: Intent, stored: Stored): boolean {
  return rules[action].isDone(stored, input);
}

export function whyNot({ action }: Intent, order: StoredOrder): string | undefined {
  return rules[action].refuse(order);
}

/**
 * The id of the Update that asks for it. A repeat joins its first request and gets its answer, and
 * however often somebody asks, the workflow counts one Update for each version of the order: it
 * takes 2,000 in all, and operators need theirs. Conditional requests join their like only: the others
 * were not compared with the version. Undefined when each request is a new one.
 */
export function updateIdOf(
  { action, input }: Intent,
  version: number,
  condition: Pick<OperatorInput, 'expectedVersion'>,
): string | undefined {
  const content = rules[action].content?.(input);
  if (content === undefined) return undefined;
  return [action, version, ...Object.keys(condition), hashOf(content)].join(':');
}

function isPaid({ status }: StoredOrder): boolean {
  return status === 'PAGADO' || status === 'ENVIADO';
}
