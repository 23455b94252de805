import { z } from '@hono/zod-openapi';
import { type ProblemCode, problems } from '../../domain/problems.ts';
import { currency } from './orders.ts';

const decimal = z.string().openapi({ description: 'In major units, exactly', example: '59.98' });

/** A line of the basket, with what the code is about. */
const ProblemLine = z
  .looseObject({
    productId: z.string(),
    quantity: z.int().optional(),
    requested: z.number().optional().openapi({ format: 'double' }),
    available: z.number().optional().openapi({ format: 'double' }),
    unitPrice: decimal.optional(),
    discountAmount: decimal.optional(),
    totalPrice: decimal.optional(),
  })
  .openapi('ProblemLine', {
    description:
      '`insufficient_stock` has `requested` and `available`; `price_changed` has the new prices; `product_unavailable` what was asked for',
  });

const ProblemError = z
  .looseObject({
    detail: z.string(),
    pointer: z.string().optional().openapi({ description: 'In the body (RFC 6901)' }),
    parameter: z.string().optional().openapi({ description: 'In the path or the query' }),
    header: z.string().optional(),
    keys: z.array(z.string()).optional().openapi({ description: 'Members that are not known' }),
  })
  .openapi('ProblemError', { description: 'A place in the request, and what is wrong there' });

const codes = Object.keys(problems) as [ProblemCode, ...ProblemCode[]];

/** What each refusal is answered with. Which code has which of the members is in the examples. */
export const ProblemDocument = z
  .looseObject({
    type: z.string().openapi({ format: 'uri-reference', description: 'Leads to what can be done' }),
    title: z.string(),
    status: z.int(),
    code: z.enum(codes).openapi('ProblemCode', {
      description: 'Stable. There may be more of them one day: then go by the status',
    }),
    detail: z.string().optional().openapi({ description: 'For people' }),
    requestId: z.string(),
    errors: z.array(ProblemError).optional(),
    orderId: z.uuid().optional().openapi({ description: 'The order that it is about' }),
    lines: z.array(ProblemLine).optional(),
    reason: z.string().optional().openapi({ description: 'Why a payment was declined' }),
    total: decimal.optional().openapi({ description: 'The total now, in major units, exactly' }),
    taxAmount: decimal.optional(),
    shippingAmount: decimal.optional(),
    currency: currency.optional(),
    currencies: z.array(z.string()).optional(),
    country: z.string().optional(),
    left: decimal.optional().openapi({ description: 'What may still be refunded' }),
    until: z.iso.datetime().optional().openapi({ description: 'When the time to withdraw ended' }),
    openOrders: z.array(z.uuid()).optional(),
  })
  .openapi('Problem', { description: 'A problem document (RFC 9457)' });

/** What Location leads to when there is no order, and will be none. */
export const RefusedOrder = z
  .object({ orderId: z.uuid(), status: z.literal('refused'), problem: ProblemDocument })
  .openapi('RefusedOrder', {
    description: 'The placement was refused; `problem` is what its request is answered with',
  });
