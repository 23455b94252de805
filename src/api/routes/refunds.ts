import { createRoute, type z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { RefundDecision } from '../../contract/refund.ts';
import { MoneyError, toMinor } from '../../domain/pricing/money.ts';
import type { StoredOrder } from '../../domain/records.ts';
import type { RefundScope } from '../../domain/refund.ts';
import { publicLink } from '../http/public-link.ts';
import { type ApiEnv, adminOnly } from '../middleware/authenticate.ts';
import { accessibleOrder, visible } from '../orders/order-access.ts';
import { audienceOf, refundView } from '../orders/order-view.ts';
import { type RefundAnswer, type RefundDeps, Refunds } from '../orders/refunds.ts';
import { hashOf } from '../orders/request-hash.ts';
import { Problem } from '../problems/problem.ts';
import { OrderId, RefundHeaders, RefundId } from '../schemas/parameters.ts';
import {
  AcceptedRefund,
  DecideRefund,
  OrderRefunds,
  Refund,
  RefundOrder,
  Withdraw,
  WithdrawalHeaders,
} from '../schemas/refunds.ts';
import { body, json, newRoutes, optionalBody, refusing, security } from './route-parts.ts';

interface Deps extends RefundDeps {
  config: { WITHDRAWAL_MS: number };
}

const admin = { security, middleware: adminOnly, tags: ['Administration'] };
const answers = {
  201: json(
    Refund,
    'The money is given back, or a person has to approve it',
    ...(['Location', 'Idempotent-Replayed'] as const),
  ),
  202: json(
    AcceptedRefund,
    'It is being done: the refunds say how it ended',
    ...(['Location', 'Retry-After', 'Idempotent-Replayed'] as const),
  ),
};
const REFUND_REFUSALS = [
  'not_found',
  'illegal_transition',
  'refund_exceeds_order',
  'idempotency_key_reused',
] as const;

const refund = createRoute({
  ...admin,
  method: 'post',
  path: '/api/admin/orders/{id}/refunds',
  operationId: 'refundOrder',
  summary: 'Give money of a shipped order back (admin)',
  description:
    'Once for each Idempotency-Key. Never more than was paid, also with many at once; parts add up to the whole. What Payments cannot do now is stuck, and is tried again.',
  request: { params: OrderId, headers: RefundHeaders, body: body(RefundOrder) },
  responses: answers,
  ...refusing('forbidden', 'amount_not_valid', ...REFUND_REFUSALS),
});

const withdraw = createRoute({
  method: 'post',
  path: '/api/orders/{id}/withdrawal',
  operationId: 'withdrawFromOrder',
  tags: ['Orders'],
  summary: 'Withdraw from an order that is shipped',
  description:
    'Within the time that the shop gives, from the delivery on, or the shipment where that is not known. The shop gives the money back when the goods have come. The same withdrawal again changes nothing.',
  security,
  request: { params: OrderId, headers: WithdrawalHeaders, body: optionalBody(Withdraw) },
  responses: answers,
  ...refusing('withdrawal_expired', ...REFUND_REFUSALS),
});

const list = createRoute({
  method: 'get',
  path: '/api/orders/{id}/refunds',
  operationId: 'getOrderRefunds',
  tags: ['Orders'],
  summary: 'Get the refunds of an order',
  description: 'What was given back, and what waits for the shop.',
  security,
  request: { params: OrderId },
  responses: { 200: json(OrderRefunds, 'The refunds, oldest first') },
  ...refusing('not_found'),
});

const decide = <Decision extends RefundDecision>(decision: Decision, summary: string) =>
  createRoute({
    ...admin,
    method: 'post',
    path: `/api/admin/orders/{id}/refunds/{refundId}/${decision}`,
    operationId: `${decision}Refund`,
    summary,
    description:
      'Of a withdrawal that waits for the shop. The same decision again changes nothing.',
    request: {
      params: OrderId.extend(RefundId.shape),
      body: optionalBody(DecideRefund),
    },
    responses: { 200: json(Refund, 'The refund as it is now') },
    ...refusing('forbidden', 'not_found', 'illegal_transition'),
  });

const approve = decide('approve', 'Give the money of a withdrawal back (admin)');
const reject = decide('reject', 'Reject a withdrawal (admin)');

export function refundRoutes(deps: Deps) {
  const { store } = deps;
  const refunds = new Refunds(deps);

  return newRoutes()
    .openapi(refund, async (context) => {
      const caller = context.get('caller');
      const order = visible(await store.find(context.req.valid('param').id), caller);
      const request = context.req.valid('json');
      const answer = await refunds.request(order, {
        ...scopeOf(request, order),
        ...{ kind: 'shop', by: caller.userId, reason: request.reason },
        restock: 'restock' in request && request.restock,
        requestHash: hashOf(request),
        key: context.req.valid('header')['idempotency-key'],
      });
      return respond(context, order, answer);
    })
    .openapi(withdraw, async (context) => {
      const caller = context.get('caller');
      const order = visible(await store.find(context.req.valid('param').id), caller);
      assertMayWithdraw(order, deps.config.WITHDRAWAL_MS);
      const request = context.req.valid('json');
      const requestHash = hashOf(request);
      const key = context.req.valid('header')['idempotency-key'] ?? hashOf(request.lines ?? null);
      const answer = await refunds.request(order, {
        ...request,
        ...{ kind: 'withdrawal', restock: false, by: caller.userId, requestHash },
        key: `withdrawal:${key}`,
      });
      return respond(context, order, answer);
    })
    .openapi(list, async (context) => {
      const caller = context.get('caller');
      const order = await accessibleOrder(store, context.req.valid('param').id, caller);
      const { orderId } = order;
      const found = await store.refunds(orderId);
      const shown = found.map((one) => refundView(one, order, audienceOf(caller)));
      return context.json({ orderId, refunds: shown }, 200);
    })
    .openapi(approve, (context) => answerDecision(context, 'approve'))
    .openapi(reject, (context) => answerDecision(context, 'reject'));

  async function answerDecision(
    context: Context<ApiEnv, string, DecisionRequest>,
    decision: RefundDecision,
  ) {
    const caller = context.get('caller');
    const { id, refundId } = context.req.valid('param');
    const order = visible(await store.find(id), caller);
    const found = await store.refund(refundId);
    if (found?.orderId !== order.orderId) throw new Problem('not_found');
    const { reason } = context.req.valid('json');
    const decided = await refunds.decide(found, decision, { by: caller.userId, reason });
    return context.json(refundView(decided ?? found, order, audienceOf(caller)), 200);
  }
}

interface DecisionRequest {
  out: { param: { id: string; refundId: string }; json: { reason?: string | undefined } };
}

function respond(
  context: Context<ApiEnv>,
  order: StoredOrder,
  { refund, refundId, isRepeat }: RefundAnswer,
) {
  const { orderId } = order;
  const Location = publicLink(context, `/api/orders/${orderId}/refunds`);
  if (isRepeat) context.header('Idempotent-Replayed', 'true');
  if (refund === undefined || refund.status === 'pending') {
    const headers = { Location, 'Retry-After': '2' };
    return context.json({ refundId, orderId, status: 'accepted' as const }, 202, headers);
  }
  const view = refundView(refund, order, audienceOf(context.get('caller')));
  return context.json(view, 201, { Location });
}

/** From the delivery on, or the shipment, as long as nobody has said that it arrived. */
function assertMayWithdraw(order: StoredOrder, withdrawalMs: number): void {
  const { status, shippedAt, deliveredAt = shippedAt } = order;
  if (status !== 'ENVIADO' || deliveredAt === undefined) {
    const hint = status === 'CANCELADO' ? '' : ': it can be cancelled';
    throw new Problem('illegal_transition', `The order is ${status}${hint}`);
  }
  const until = new Date(deliveredAt.getTime() + withdrawalMs);
  if (until >= new Date()) return;
  throw new Problem('withdrawal_expired', undefined, { until: until.toISOString() });
}

/** Throws Problem amount_not_valid. */
function scopeOf(request: z.output<typeof RefundOrder>, { currency }: StoredOrder): RefundScope {
  if ('all' in request) return {};
  if ('lines' in request) return { lines: request.lines, shipping: request.shipping ?? false };
  if ('shipping' in request) return { shipping: true };
  try {
    return { amount: toMinor(request.amount, currency) };
  } catch (error) {
    if (error instanceof MoneyError) throw new Problem('amount_not_valid', error.message);
    throw error;
  }
}
