import type { Activities } from '../activities/activities.ts';

/** Waiting for a bank transfer is not a step that can fail: it ends by itself. */
export type StepName = Exclude<keyof Activities, 'awaitTransfer' | 'attemptSteps'>;

interface Recipe {
  /** What an operator reads: "**charge the payment** failed". */
  label: string;
  /** Start-to-close of one attempt as a regular activity; the client's own limit is shorter. */
  attemptMs: number;
  /** The longest that the step is repeated before it is parked or given up. */
  patientMs: number;
  /** Whether its first attempt may be made inside the workflow task. */
  inWorkflowTask: boolean;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

export const recipes: Readonly<Record<StepName, Recipe>> = {
  validateUser: recipe('validate the user', 3, 15 * SECOND),
  fetchProducts: recipe('fetch the products', 4, 30 * SECOND),
  createOrder: recipe('record the order', 5, 5 * MINUTE),
  reserveStock: recipe('reserve the stock', 6, 60 * SECOND),
  releaseStock: recipe('release the stock', 15, 5 * MINUTE),
  chargePayment: { ...recipe('charge the payment', 15, 5 * MINUTE), inWorkflowTask: false },
  voidPayment: { ...recipe('refund the payment', 15, 5 * MINUTE), inWorkflowTask: false },
  recordTransition: recipe('record the new status', 5, 5 * MINUTE),
  recordPayment: recipe('record the payment', 5, 5 * MINUTE),
  recordNote: recipe("record the operator's action", 5, 5 * MINUTE),
  publishEvents: recipe('publish the events', 8, 5 * MINUTE),
};

function recipe(label: string, attemptSeconds: number, patientMs: number): Recipe {
  return { label, attemptMs: attemptSeconds * SECOND, patientMs, inWorkflowTask: true };
}
