import { createRoute, z } from '@hono/zod-openapi';
import { paymentMethods } from '../../domain/order.ts';
import { type ChangeDeps, changeOrder } from '../orders/change-order.ts';
import { Problem } from '../problems/problem.ts';
import { text } from '../schemas/orders.ts';
import { IfMatch, OrderId } from '../schemas/parameters.ts';
import {
  answerOrder,
  body,
  CHANGE_REFUSALS,
  changeResponses,
  newRoutes,
  refusing,
  security,
} from './route-parts.ts';

const PayAgain = z
  .strictObject({ paymentMethod: z.enum(paymentMethods), paymentToken: text(200).optional() })
  .openapi('PayAgain', { example: { paymentMethod: 'paypal' } });

const payAgain = createRoute({
  method: 'post',
  path: '/api/orders/{id}/payment',
  operationId: 'payAgain',
  tags: ['Orders'],
  summary: 'Pay with something else after a decline',
  description:
    'Where the shop allows it: for some time after the first decline the order stays CREADO, with its stock. Each attempt is charged under a key of its own, after the one before was closed.',
  security,
  request: { params: OrderId, headers: IfMatch, body: body(PayAgain) },
  responses: changeResponses,
  ...refusing('payment_declined', ...CHANGE_REFUSALS),
});

export function payAgainRoute(deps: ChangeDeps) {
  return newRoutes().openapi(payAgain, async (context) => {
    const orderId = context.req.valid('param').id;
    const ifMatch = context.req.valid('header')['if-match'];
    const caller = context.get('caller');
    const input = context.req.valid('json');
    const order = await changeOrder(deps, {
      ...{ action: 'payAgain', input, orderId, ifMatch, caller },
    }).catch((error) => whyNotPaid(error, orderId));
    const last = order && (await deps.store.payments(orderId)).at(-1);
    if (last?.paymentStatus === 'failed')
      throw new Problem('payment_declined', undefined, { orderId });
    return answerOrder(context, orderId, order);
  });

  /** The last attempt that was declined cancels the order. */
  async function whyNotPaid(error: unknown, orderId: string): Promise<never> {
    const cancellation = (await deps.store.find(orderId))?.cancellation;
    const isDeclined = cancellation?.by === 'system' && cancellation.reason === 'payment_declined';
    if (!isDeclined || !(error instanceof Problem) || error.code !== 'illegal_transition')
      throw error;
    throw new Problem('payment_declined', undefined, { orderId });
  }
}
