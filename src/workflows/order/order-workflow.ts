import {
  CancellationScope,
  condition,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {
  awaitPayment,
  awaitPlacement,
  type OrderInput,
  type OrderOutcome,
  orderWorkflowId,
} from '../../contract/order.ts';
import { IllegalTransition, isFinal } from '../../domain/order-status.ts';
import { priceOrder } from '../../domain/pricing/price-order.ts';
import { Refusal } from '../../domain/refusal.ts';
import { cancelFromWebUi, offerActions } from '../actions/handlers.ts';
import { Intents } from '../actions/intents.ts';
import { createSteps, GaveUp } from '../steps/run-step.ts';
import { StuckState } from '../stuck/stuck-state.ts';
import { EventQueue } from './event-queue.ts';
import { finish } from './finish.ts';
import { until } from './handler-waits.ts';
import { describeOrder } from './order-details.ts';
import { counted, measureTimeTo } from './order-metrics.ts';
import { OrderRecord } from './order-record.ts';
import { OrderPayment, TransferExpired } from './payment.ts';
import { Placement } from './placement.ts';
import { reviewed } from './review.ts';
import { type Compensation, Saga } from './saga.ts';

/** The Web UI lists it too, and last. */
const FOR_THE_API = 'For the API, which waits with it; does nothing to the order';

/** The life of one order, from placement until it is shipped or cancelled. */
export async function orderWorkflow(input: OrderInput): Promise<OrderOutcome> {
  const workflow = CancellationScope.current();
  return CancellationScope.nonCancellable(() => liveOrder(input, workflow));
}

async function liveOrder(input: OrderInput, workflow: CancellationScope): Promise<OrderOutcome> {
  const main = new CancellationScope();
  const intents = new Intents(() => main.cancel());
  const stuck = new StuckState(input.policy, () => describeOrder(order, intents.isCancelling));
  const steps = createSteps(input.policy, stuck);
  const events = new EventQueue(steps);
  const order = new OrderRecord(input, steps, events, stuck);
  const payment = new OrderPayment({ input, order, events, steps, intents, stuck });
  const placement = new Placement(input.requestHash);
  const saga = new Saga();

  offerActions({ order, stuck, intents });
  setHandler(awaitPlacement, (request) => placement.settled(request), {
    description: FOR_THE_API,
    validator: (request) => placement.assertSameRequest(request),
  });
  setHandler(
    awaitPayment,
    async () => {
      await placement.settled();
      const waits = () => intents.awaitsMeans || intents.awaitsReview;
      await until(() => order.status !== 'CREADO' || waits());
    },
    { description: FOR_THE_API },
  );
  workflow.cancelRequested.catch(() => cancelFromWebUi({ order, stuck, intents }));
  if (workflowInfo().workflowId !== orderWorkflowId(input.orderId)) return notItsOwn();

  stuck.refresh();

  let refusal: Refusal | undefined;

  const recordCancelled = async () => {
    const ended = { reason: refusal?.code ?? 'ended', by: 'system' };
    const { reason, ...author } = intents.cancel ?? ended;
    if (!order.isAbsent) await order.cancelled(reason, author);
  };
  const release: Compensation = (onTrouble) => steps.releaseStock(input.orderId, { onTrouble });
  const giveBack: Compensation = (onTrouble) => payment.giveBack(onTrouble);
  /** Of an order that another run brought further, all of it: what is not there counts as undone. */
  const all = [recordCancelled, release, giveBack];

  saga.add(recordCancelled);
  try {
    await main.run(async () => {
      await place();
      placement.accept();
      measureTimeTo('accepted');
      saga.add(giveBack);
      if (order.status === 'CREADO') {
        await reviewed({ input, order, events, intents, stuck });
        await pay();
      }
      await condition(() => intents.ship !== undefined || isFinal(order.status));
    });
    if (intents.ship !== undefined) {
      await order.shipped(intents.ship);
      measureTimeTo('shipped');
    }
  } catch (error) {
    refusal = whyEnded(error);
    intents.end();
    // Who is told that there is no order finds the same later, wherever they look.
    const isToldLater = order.version === 0;
    if (!isToldLater) placement.refuse(refusal);
    if (await order.compare()) for (const one of all) saga.add(one);
    if (isToldLater && order.isAbsent) await order.refused(refusal);
    placement.refuse(refusal);
    if (order.status !== 'ENVIADO') await saga.compensate();
  }
  await finish(order, events);
  if (order.isAbsent) return counted({ status: 'refused', reason: refusal?.code });
  return order.status === 'CANCELADO'
    ? counted({ status: 'CANCELADO', reason: refusal?.code })
    : counted({ status: 'ENVIADO' });

  async function place(): Promise<void> {
    const products = await order.check();
    const priced = products && priceOrder(input.items, products, input);
    saga.add(release);
    // An earlier run has recorded it.
    if (priced === undefined && order.status !== 'CREADO') return;
    try {
      await order.place(priced ?? order.sold, {
        givesUp: ({ type }) => type.startsWith('inventory_'),
      });
    } catch (error) {
      if (error instanceof Refusal) saga.drop();
      throw error;
    }
  }

  async function pay(): Promise<void> {
    for (;;) {
      try {
        await order.paid(await payment.collect());
        return measureTimeTo('paid');
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        if (await payment.hasAnotherTry()) continue;
        saga.drop();
        throw error;
      }
    }
  }

  async function notItsOwn(): Promise<OrderOutcome> {
    const detail = `this is not the workflow of order ${input.orderId}`;
    placement.refuse(new Refusal('illegal_transition', detail));
    intents.end();
    await finish(order, events);
    return { status: 'refused', reason: detail };
  }
}

/** Turns what ended the main flow into what callers are told; a bug is none of these. */
function whyEnded(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof GaveUp) {
    return new Refusal('inventory_unavailable', 'The stock could not be reserved in time');
  }
  if (error instanceof TransferExpired) {
    return new Refusal('payment_expired', 'The bank transfer did not come in time');
  }
  if (error instanceof IllegalTransition) {
    return new Refusal('illegal_transition', error.message);
  }
  if (isCancellation(error)) return new Refusal('order_cancelled', 'The order was cancelled');
  throw error;
}
