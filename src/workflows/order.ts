import { allHandlersFinished, condition, setHandler } from '@temporalio/workflow';
import { awaitPlacement, markShipped, type OrderInput, type OrderOutcome } from '../contract.ts';
import type { Shipment } from '../domain/order.ts';
import { type PricedOrder, priceOrder } from '../domain/pricing.ts';
import { Refusal } from '../domain/refusal.ts';
import { EventLane } from './event-lane.ts';
import { OrderRecord } from './order-record.ts';
import { Placement } from './placement.ts';
import { asUpdateFailure } from './refusals.ts';
import { createStep } from './step.ts';
import { allSettled, UndoList } from './undo.ts';

/** The life of one order, from placement until it is shipped or cancelled. */
export async function orderWorkflow(input: OrderInput): Promise<OrderOutcome> {
  const step = createStep(input.policy);
  const events = new EventLane(step);
  const order = new OrderRecord(input, step, events);
  const undo = new UndoList();
  const placement = new Placement(input.requestHash);
  let shipOrder: (Shipment & { by: string }) | undefined;

  setHandler(awaitPlacement, () => placement.settled(), {
    validator: (request) => placement.assertSameRequest(request),
  });
  setHandler(
    markShipped,
    async (request) => {
      shipOrder = request;
      await condition(() => order.status === 'ENVIADO');
    },
    {
      validator: (_request) => {
        if (order.status !== 'PAGADO' || shipOrder !== undefined) {
          throw asUpdateFailure(new Refusal('illegal_transition', `The order is ${order.status}`));
        }
      },
    },
  );

  try {
    await place();
    placement.accept();
    await pay();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    placement.refuse(error);
    await undo.run(error);
    await finish();
    return { status: order.exists ? 'CANCELADO' : 'refused', reason: error.code };
  }

  await condition(() => shipOrder !== undefined);
  if (shipOrder !== undefined) await order.shipped(shipOrder);
  await finish();
  return { status: 'ENVIADO' };

  async function place(): Promise<void> {
    const priced = await price();
    undo.add('cancel the order', (refusal) => order.cancelled(refusal.code, 'system'));
    await allSettled([
      order.create(priced),
      undo.around(
        'release the stock',
        () => step('releaseStock', [input.orderId]),
        () => step('reserveStock', [{ orderId: input.orderId, items: input.items }]),
      ),
    ]);
  }

  async function price(): Promise<PricedOrder> {
    const [, products] = await Promise.all([
      step('validateUser', [input.userId]),
      step('fetchProducts', [input.items.map((item) => item.productId)]),
    ]);
    return priceOrder(input.items, products, input);
  }

  async function pay(): Promise<void> {
    const { totalAmount: amount, currency } = order.priced;
    const { paymentMethod, paymentToken } = input;
    try {
      const { transactionId } = await step('chargePayment', [
        { orderId: input.orderId, amount, currency, paymentMethod, paymentToken },
      ]);
      await order.paid(transactionId);
    } catch (error) {
      if (error instanceof Refusal) order.paymentFailed();
      throw error;
    }
  }

  async function finish(): Promise<void> {
    await events.drained();
    await condition(allHandlersFinished);
  }
}
