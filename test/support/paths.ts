import { outcome, placed, refused, untilStatus } from './orders.ts';
import { ship } from './requests.ts';
import type { Stack } from './stack.ts';

/** Every path that an order can take: each plays it to its end, and answers the order's id. */
export const paths: Record<string, (stack: Stack) => Promise<string>> = {
  async 'paid-and-shipped'(stack) {
    const { orderId } = await placed(stack);
    await untilStatus(stack, orderId, 'PAGADO');
    await ship(stack, orderId);
    await outcome(stack, orderId);
    return orderId;
  },

  async declined(stack) {
    const { orderId } = await placed(stack, { paymentToken: 'tok_declined' });
    await outcome(stack, orderId);
    return orderId;
  },

  'refused-for-the-user': (stack) => refused(stack, {}, 'marta'),
  'refused-for-a-product': (stack) =>
    refused(stack, { items: [{ productId: 'P-0', quantity: 1 }] }),
  'refused-for-want-of-stock': (stack) =>
    refused(stack, { items: Array(100).fill({ productId: 'P-1003', quantity: 1000 }) }),
};
