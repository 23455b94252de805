import { CancellationScope, condition, isCancellation, setHandler } from '@temporalio/workflow';
import { awaitPayment, awaitPlacement, type OrderInput, type OrderOutcome } from '../contract.ts';
import { type PricedOrder, priceOrder } from '../domain/pricing.ts';
import { Refusal } from '../domain/refusal.ts';
import { Attention } from './attention.ts';
import { EventLane } from './event-lane.ts';
import { finish } from './finish.ts';
import { recorded, until } from './handler-waits.ts';
import { offerOperatorActions } from './operators.ts';
import { OrderRecord } from './order-record.ts';
import { Payment, TransferExpired } from './payment.ts';
import { Placement } from './placement.ts';
import { Requests } from './requests.ts';
import { createSteps, GaveUp } from './step.ts';
import { allSettled, UndoList } from './undo.ts';

/** The life of one order, from placement until it is shipped or cancelled. */
export async function orderWorkflow(input: OrderInput): Promise<OrderOutcome> {
  const workflow = CancellationScope.current();
  return CancellationScope.nonCancellable(() => liveOrder(input, workflow));
}

async function liveOrder(input: OrderInput, workflow: CancellationScope): Promise<OrderOutcome> {
  const attention = new Attention(input.policy);
  const step = createSteps(input.policy, attention);
  const events = new EventLane(step);
  const order = new OrderRecord(input, step, events);
  const requests = new Requests(order, attention);
  const payment = new Payment(input, order, step, requests);
  const placement = new Placement(input.requestHash);
  const undo = new UndoList();
  const story = new CancellationScope();

  setHandler(awaitPlacement, (request) => placement.settled(request), {
    validator: (request) => placement.assertSameRequest(request),
  });
  setHandler(awaitPayment, async () => {
    await placement.settled();
    await until(() => order.status !== 'CREADO');
  });
  offerOperatorActions(requests, attention);
  requests.onCancel = () => story.cancel();
  workflow.cancelRequested.catch(() => requests.cancelFromWebUi());

  try {
    await story.run(async () => {
      await place();
      placement.accept();
      await pay();
      await condition(() => requests.ship !== undefined);
    });
  } catch (error) {
    const refusal = whyEnded(error);
    requests.isEnding = true;
    placement.refuse(refusal);
    if (order.exists) await recorded();
    await undo.run(requests.cancel ?? { reason: refusal.code, by: 'system' });
    await finish(order, events);
    return { status: order.exists ? 'CANCELADO' : 'refused', reason: refusal.code };
  }
  if (requests.ship !== undefined) await order.shipped(requests.ship);
  await finish(order, events);
  return { status: 'ENVIADO' };

  async function place(): Promise<void> {
    const priced = await price();
    undo.add(async ({ reason, by }) => {
      if (order.exists) await order.cancelled(reason, by);
    });
    await allSettled([order.create(priced), reserve()]);
  }

  async function price(): Promise<PricedOrder> {
    const productIds = input.items.map((item) => item.productId);
    const [, products] = await Promise.all([
      step('validateUser', [input.userId]),
      step('fetchProducts', [productIds]),
    ]);
    return priceOrder(input.items, products, input);
  }

  async function reserve(): Promise<void> {
    const { orderId, items } = input;
    await undo.around(
      (_ending, onTrouble) => step('releaseStock', [orderId], { onTrouble }),
      () => step('reserveStock', [{ orderId, items }], { mayGiveUp: true }),
    );
  }

  async function pay(): Promise<void> {
    const captured = await undo.around(
      (_ending, onTrouble) => payment.giveBack(onTrouble),
      () => payment.collect(),
    );
    await order.paid(captured);
  }

  /** Turns what ended the story into what callers are told; a bug is none of these. */
  function whyEnded(error: unknown): Refusal {
    if (error instanceof Refusal) return error;
    if (error instanceof GaveUp) {
      return new Refusal('inventory_unavailable', 'The stock could not be reserved in time');
    }
    if (error instanceof TransferExpired) {
      return new Refusal('payment_expired', 'The bank transfer did not come in time');
    }
    if (isCancellation(error)) return new Refusal('order_cancelled', 'The order was cancelled');
    throw error;
  }
}
