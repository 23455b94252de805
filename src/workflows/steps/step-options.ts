import type { DeliveryActivities } from '../../activities/delivery.ts';
import type { OrderActivities } from '../../activities/order.ts';
import type { RefundActivities } from '../../activities/refund.ts';

/** All that is done outside, by its name. */
export type StepActivities = OrderActivities & RefundActivities & DeliveryActivities;

/** Waiting for a bank transfer is not a step that can fail: it ends by itself. */
export type StepName = Exclude<keyof StepActivities, 'awaitTransfer'>;

interface StepOptions {
  /** What an operator reads: "**charge the payment** failed". */
  label: string;
  /** Start-to-close of one attempt; the client's own limits are shorter in all. */
  attemptMs: number;
  /** About how long the step is repeated before the order is stuck, or the step given up. */
  retryMs: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

export const stepOptions: Readonly<Record<StepName, StepOptions>> = {
  checkOrder: options('check the user and the products', 4, 30 * SECOND),
  placeOrder: options('record the order and reserve its stock', 12, 60 * SECOND),
  loadOrder: options('compare the order with its record', 5, 5 * MINUTE),
  dropUnrecorded: options('drop what was begun to be recorded', 5, 5 * MINUTE),
  keepRefusal: options('keep the refusal', 5, 5 * MINUTE),
  chargePayment: options('charge the payment', 15, 5 * MINUTE),
  checkTransfer: options('ask for the bank transfer', 6, 5 * MINUTE),
  voidPayment: options('refund the payment', 15, 5 * MINUTE),
  releaseStock: options('release the stock', 15, 5 * MINUTE),
  recordTransition: options('record the new status', 5, 5 * MINUTE),
  recordPayment: options('record the payment', 5, 5 * MINUTE),
  recordNote: options("record the operator's action", 5, 5 * MINUTE),
  recordAddress: options('record the new shipping address', 5, 5 * MINUTE),
  reserveRefund: options('set the refund aside', 5, 60 * SECOND),
  refundPayment: options('give the money back', 15, 5 * MINUTE),
  takeBackStock: options('put the goods back into the stock', 15, 5 * MINUTE),
  recordDecision: options('record what was decided', 5, 5 * MINUTE),
  recordRefund: options('record the refund', 5, 5 * MINUTE),
  recordDelivery: options('record that the order has arrived', 5, 5 * MINUTE),
  publishEvents: options('publish the events', 8, 5 * MINUTE),
};

export const stepNames = Object.keys(stepOptions) as StepName[];

function options(label: string, attemptSeconds: number, retryMs: number): StepOptions {
  return { label, attemptMs: attemptSeconds * SECOND, retryMs };
}
