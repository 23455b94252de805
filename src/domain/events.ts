import type { OrderStatus } from './order-status.ts';
import { toMajorNumber } from './pricing/money.ts';
import type { RecordedTransition, SoldLines } from './records.ts';
import type { RefundLine, RefundShare } from './refund.ts';

/** What is published about an order: the name is the routing key, the data goes out as it is. */
export type OrderEventData =
  | {
      type: 'order.created';
      data: {
        orderId: string;
        userId: string;
        items: { productId: string; quantity: number; unitPrice: number }[];
        /** Major units, as every amount on the wire. */
        totalAmount: number;
        currency: string;
      };
    }
  | {
      type: 'order.paid';
      data: { orderId: string; userId: string; amount: number; currency: string };
    }
  | {
      type: 'order.address_changed';
      /** Without the address: whoever may know it reads the order. */
      data: { orderId: string; userId: string };
    }
  | {
      type: 'order.delivered';
      /** `deliveredAt` in ISO 8601. */
      data: { orderId: string; userId: string; deliveredAt: string };
    }
  | {
      type: 'order.refunded';
      data: {
        orderId: string;
        userId: string;
        refundId: string;
        lines: RefundLine[];
        amount: number;
        /** All that was given back until now. */
        refundedTotal: number;
        currency: string;
      };
    }
  | {
      type: 'order.status_changed';
      data: {
        orderId: string;
        userId: string;
        from: OrderStatus;
        to: OrderStatus;
        comment: string;
      };
    };

/** An event with its identity: the same transition always gives the same id. */
export type OrderEvent = OrderEventData & {
  id: string;
  /** The order's version that the event belongs to. */
  version: number;
  /** ISO 8601. */
  time: string;
};

export function orderEvent(version: number, time: string, event: OrderEventData): OrderEvent {
  return { ...event, id: `${event.data.orderId}:${version}:${event.type}`, version, time };
}

export function orderCreated(order: { orderId: string; userId: string }, priced: SoldLines) {
  return {
    type: 'order.created',
    data: {
      orderId: order.orderId,
      userId: order.userId,
      items: priced.lines.map((line) => ({
        productId: line.productId,
        quantity: line.quantity,
        unitPrice: toMajorNumber(line.unitPrice, priced.currency),
      })),
      totalAmount: toMajorNumber(priced.totalAmount, priced.currency),
      currency: priced.currency,
    },
  } satisfies OrderEventData;
}

export function orderPaid(order: { orderId: string; userId: string }, priced: SoldLines) {
  return {
    type: 'order.paid',
    data: {
      orderId: order.orderId,
      userId: order.userId,
      amount: toMajorNumber(priced.totalAmount, priced.currency),
      currency: priced.currency,
    },
  } satisfies OrderEventData;
}

export function orderRefunded(
  order: { orderId: string; userId: string; currency: string },
  { refundId, lines, amount }: RefundShare & { refundId: string },
  refundedAmount: number,
) {
  const { orderId, userId, currency } = order;
  return {
    type: 'order.refunded',
    data: {
      ...{ orderId, userId, refundId, lines, currency },
      amount: toMajorNumber(amount, currency),
      refundedTotal: toMajorNumber(refundedAmount, currency),
    },
  } satisfies OrderEventData;
}

export function addressChanged(
  { orderId, userId }: { orderId: string; userId: string },
  { version, at }: { version: number; at: string },
): OrderEvent {
  return orderEvent(version, at, { type: 'order.address_changed', data: { orderId, userId } });
}

/** The events of a move, with the time that it has in the order's history. */
export function transitionEvents(
  order: { orderId: string; userId: string },
  sold: SoldLines,
  { version, from, to, comment, at }: RecordedTransition,
): OrderEvent[] {
  const { orderId, userId } = order;
  const data = { orderId, userId, from, to, comment };
  return [
    ...(to === 'PAGADO' ? [orderEvent(version, at, orderPaid(order, sold))] : []),
    orderEvent(version, at, { type: 'order.status_changed', data }),
  ];
}
