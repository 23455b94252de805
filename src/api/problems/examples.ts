import type { z } from '@hono/zod-openapi';
import type { ProblemCode } from '../../domain/problems.ts';
import type { ProblemDocument } from '../schemas/problem.ts';

const orderId = '6a0f5f3e-3c1b-4e7a-9c52-1d9a4f0b7e21';

/** What examples have beside what is the same for all: the members of their own. */
export const problemExamples: Partial<
  Record<ProblemCode, Partial<z.input<typeof ProblemDocument>>>
> = {
  validation_failed: {
    errors: [{ pointer: '#/items/0/quantity', detail: 'Too small: expected number to be >=1' }],
  },
  illegal_transition: { detail: 'the order is shipped' },
  orders_open: { openOrders: [orderId] },
  insufficient_stock: {
    detail: 'There is not enough stock',
    orderId,
    lines: [{ productId: 'P-1013', requested: 1, available: 0 }],
  },
  price_changed: {
    detail: 'The total is not the expected one',
    total: '48.40',
    taxAmount: '8.40',
    shippingAmount: '0.00',
    currency: 'EUR',
    lines: [
      {
        productId: 'P-1001',
        quantity: 2,
        unitPrice: '20.00',
        discountAmount: '0.00',
        totalPrice: '40.00',
      },
    ],
  },
  request_in_progress: { orderId },
  refund_exceeds_order: {
    detail: 'So much of the order is not left to refund',
    left: '19.99',
    currency: 'EUR',
  },
  withdrawal_expired: { until: '2026-01-29T09:00:00.000Z' },
  order_cancelled: { orderId },
  precondition_failed: { detail: 'The order is at version 3 by now' },
  card_number_not_accepted: {
    errors: [{ pointer: '#/paymentToken', detail: 'must not hold the number of a payment card' }],
  },
  country_not_supported: { detail: 'Nothing is sold to this country', country: 'AQ' },
  currency_not_supported: {
    detail: 'All products must have the currency of the order',
    currencies: ['EUR', 'USD'],
  },
  payment_expired: { orderId },
  review_expired: { orderId },
  payment_declined: { detail: 'The payment was declined', orderId, reason: 'insufficient_funds' },
  product_unavailable: {
    detail: 'Some products are unknown or not for sale',
    lines: [{ productId: 'P-9999', quantity: 1 }],
  },
  service_unavailable: { detail: 'The database does not answer' },
};
