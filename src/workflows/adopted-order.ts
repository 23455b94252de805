import { CancellationScope, condition } from '@temporalio/workflow';
import type { OrderOutcome } from '../contract.ts';
import { type AdoptedOrderInput, NO_REFUND } from '../contract-takeover.ts';
import { chargedOrNot, refundByHand } from './adopted-text.ts';
import { Attention } from './attention.ts';
import { EventLane } from './event-lane.ts';
import { finish } from './finish.ts';
import { offerOperatorActions } from './operators.ts';
import { OrderRecord } from './order-record.ts';
import type { StepName } from './recipes.ts';
import { Requests } from './requests.ts';
import { createSteps } from './step.ts';

/**
 * The rest of the life of an order that another service placed. How that one charged and reserved
 * is not known here, so this never charges, refunds or releases: it waits for a person who did.
 */
export async function adoptedOrder(input: AdoptedOrderInput): Promise<OrderOutcome> {
  const workflow = CancellationScope.current();
  return CancellationScope.nonCancellable(() => liveOn(input, workflow));
}

async function liveOn(
  input: AdoptedOrderInput,
  workflow: CancellationScope,
): Promise<OrderOutcome> {
  const { orderId, adopted } = input;
  const attention = new Attention(input.policy);
  const step = createSteps(input.policy, attention);
  const events = new EventLane(step);
  const order = new OrderRecord(input, step, events, adopted);
  const requests = new Requests(order, attention);
  offerOperatorActions(requests, attention);
  workflow.cancelRequested.catch(() => requests.cancelFromWebUi());

  const isPaid = order.status === 'PAGADO' && adopted.payment.paymentStatus === 'completed';
  if (!isPaid) await untilPaid();
  await condition(() => requests.ship !== undefined || requests.cancel !== undefined);
  if (requests.ship !== undefined) await order.shipped(requests.ship);
  if (requests.cancel !== undefined) await cancel(requests.cancel);
  await finish(order, events);
  return order.status === 'ENVIADO'
    ? { status: 'ENVIADO' }
    : { status: 'CANCELADO', reason: 'order_cancelled' };

  async function untilPaid(): Promise<void> {
    const decided = () => requests.cancel !== undefined || requests.ship !== undefined;
    const advice = chargedOrNot(orderId, adopted.payment);
    const evidence = await untilConfirmed('chargePayment', advice, decided);
    if (evidence === undefined) return;
    const { transactionId, note, by } = evidence;
    const comment = `payment ${transactionId} confirmed${note ? `: ${note}` : ''}`;
    if (order.status === 'CREADO') return order.paid({ transactionId, comment, by });
    await order.recordPayment('completed', transactionId);
    await order.note(comment, by);
  }

  async function cancel({ reason, by }: { reason: string; by: string }): Promise<void> {
    requests.isEnding = true;
    const { paymentStatus } = adopted.payment;
    const hasNoMoney = paymentStatus === 'failed' || paymentStatus === 'refunded';
    const wasPaid = order.status === 'PAGADO';
    if (wasPaid || !hasNoMoney) order.expectPayment(wasPaid ? 'refund_pending' : 'unknown');
    await order.cancelled(reason, by);
    if (hasNoMoney && !wasPaid) return;
    requests.confirmation = undefined;
    const refund = await untilConfirmed('voidPayment', refundByHand(orderId, adopted.payment));
    if (refund === undefined) return;
    const nothing = refund.transactionId === NO_REFUND;
    await order.recordPayment(nothing ? 'failed' : 'refunded');
    const said = nothing ? 'nothing to refund' : `refund ${refund.transactionId} confirmed`;
    await order.note(`${said}${refund.note ? `: ${refund.note}` : ''}`, refund.by);
  }

  /** Parks the order until a person has looked; undefined when it was decided otherwise. */
  async function untilConfirmed(at: StepName, advice: string, decided = () => false) {
    const failure = { type: 'taken_over', message: 'a person has to look', attempts: 0, advice };
    const stuck = attention.park(at, failure);
    requests.paymentIsOpen = true;
    await condition(() => requests.confirmation !== undefined || decided());
    requests.paymentIsOpen = false;
    attention.unpark(stuck);
    return requests.confirmation;
  }
}
