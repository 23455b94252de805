import { CancellationScope, condition, workflowInfo } from '@temporalio/workflow';
import type { ImportedOrderInput } from '../../contract/imported-order.ts';
import { type OrderOutcome, orderWorkflowId } from '../../contract/order.ts';
import { paymentComment } from '../../domain/evidence-comment.ts';
import { cancelFromWebUi, offerActions } from '../actions/handlers.ts';
import { type CancelIntent, Intents } from '../actions/intents.ts';
import { EventQueue } from '../order/event-queue.ts';
import { finish } from '../order/finish.ts';
import { describeOrder } from '../order/order-details.ts';
import { OrderRecord } from '../order/order-record.ts';
import { refundByPerson } from '../order/refund-by-person.ts';
import { createSteps } from '../steps/run-step.ts';
import { StuckState } from '../stuck/stuck-state.ts';
import { chargedOrNot, refundByHand } from './texts.ts';

/**
 * The rest of the life of an order that another service placed. How that one charged and reserved
 * is not known here, so this never charges, refunds or releases: it waits for a person who did.
 */
export async function importedOrder(input: ImportedOrderInput): Promise<OrderOutcome> {
  const workflow = CancellationScope.current();
  return CancellationScope.nonCancellable(() => liveOn(input, workflow));
}

async function liveOn(
  input: ImportedOrderInput,
  workflow: CancellationScope,
): Promise<OrderOutcome> {
  const { orderId, soFar } = input;
  const stuck = new StuckState(input.policy, () => describeOrder(order, intents.isCancelling));
  const steps = createSteps(input.policy, stuck);
  const events = new EventQueue(steps);
  const order = new OrderRecord(input, steps, events, stuck, soFar);
  const intents = new Intents();
  offerActions({ order, stuck, intents });
  workflow.cancelRequested.catch(() => cancelFromWebUi({ order, stuck, intents }));

  if (workflowInfo().workflowId !== orderWorkflowId(orderId)) {
    return { status: 'refused', reason: `this is not the workflow of order ${orderId}` };
  }
  stuck.refresh();
  const isPaid = order.status === 'PAGADO' && soFar.payment.paymentStatus === 'completed';
  if (!isPaid) await untilPaid();
  await condition(() => intents.ship !== undefined || intents.cancel !== undefined);
  if (intents.ship !== undefined) await order.shipped(intents.ship);
  if (intents.cancel !== undefined) await cancel(intents.cancel);
  await finish(order, events);
  return order.status === 'ENVIADO'
    ? { status: 'ENVIADO' }
    : { status: 'CANCELADO', reason: 'order_cancelled' };

  /** Stuck until a person has looked for the payment, or the order is cancelled or shipped. */
  async function untilPaid(): Promise<void> {
    const evidence = () => intents.evidenceOf('payment');
    const advice = chargedOrNot(orderId, soFar.payment);
    const failure = { type: 'imported', message: 'a person has to look', attempts: 1, advice };
    intents.awaitEvidence('payment');
    await stuck.untilDecided(
      'chargePayment',
      failure,
      () => (evidence() ?? intents.cancel ?? intents.ship) !== undefined,
    );
    intents.endAwait('payment');
    const said = evidence();
    if (said === undefined) return;
    const { transactionId, note, by } = said;
    const comment = paymentComment(transactionId);
    if (order.status === 'CREADO') return order.paid({ transactionId, comment, by, note });
    await order.recordPayment('completed', transactionId);
    await order.note(comment, { by, note });
  }

  async function cancel({ reason, ...author }: CancelIntent): Promise<void> {
    intents.end();
    await order.compare();
    if (order.status === 'ENVIADO') return;
    const { paymentStatus, transactionId } = soFar.payment;
    const hasNoMoney = paymentStatus === 'failed' || paymentStatus === 'refunded';
    const wasPaid = order.status === 'PAGADO';
    if (hasNoMoney && !wasPaid) return order.cancelled(reason, author);
    const advice = refundByHand(orderId, soFar.payment);
    const failure = { type: 'imported', message: 'a person has to look', attempts: 1, advice };
    const status = wasPaid ? 'refund_pending' : 'unknown';
    const owed = { transactionId, failure, status } as const;
    const refund = refundByPerson({ order, intents, stuck }, owed);
    await order.cancelled(reason, author);
    await refund;
  }
}
