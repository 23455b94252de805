import { toMajorNumber } from './money.ts';
import type { OrderStatus } from './order-status.ts';
import type { PricedOrder } from './pricing.ts';

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

export function orderCreated(
  order: { orderId: string; userId: string },
  priced: Omit<PricedOrder, 'pricing'>,
) {
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

export function orderPaid(
  order: { orderId: string; userId: string },
  priced: Omit<PricedOrder, 'pricing'>,
) {
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
