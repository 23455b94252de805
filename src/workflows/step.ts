import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/activities.ts';
import type { StepPolicy } from '../contract.ts';
import { asRefusal } from './refusals.ts';

export type StepName = keyof Activities;

type Result<Name extends StepName> =
  ReturnType<Activities[Name]> extends Promise<infer R> ? R : never;
type AnyActivities = Record<StepName, (...args: unknown[]) => Promise<unknown>>;

/** Runs one side effect of the order. Throws Refusal, and nothing else but a cancellation. */
export type Step = <Name extends StepName>(
  name: Name,
  args: Parameters<Activities[Name]>,
) => Promise<Result<Name>>;

/** Start-to-close of each attempt as a regular activity, in milliseconds. */
const attemptMs: Readonly<Record<StepName, number>> = {
  validateUser: 3_000,
  fetchProducts: 4_000,
  createOrder: 5_000,
  reserveStock: 6_000,
  releaseStock: 15_000,
  chargePayment: 15_000,
  recordTransition: 5_000,
  publishEvents: 8_000,
};

/** A charge may be slow, and must not hold up the workflow task while it is. */
const neverQuick: ReadonlySet<StepName> = new Set(['chargePayment']);

/**
 * Every step has the same stages: quick, one attempt inside the workflow task; then patient, as a
 * regular activity that an operator sees and that is repeated until it says yes or no. Stages
 * repeat one another's work, so each activity is idempotent by a key made from the order id.
 */
export function createStep(policy: StepPolicy): Step {
  const quick = proxyLocalActivities<AnyActivities>({
    startToCloseTimeout: policy.quickMs,
    retry: { maximumAttempts: 1 },
  });
  const retry = { initialInterval: policy.retryInitialMs, maximumInterval: policy.retryMaxMs };

  return async function step<Name extends StepName>(
    name: Name,
    args: Parameters<Activities[Name]>,
  ) {
    if (!neverQuick.has(name)) {
      try {
        return (await quick[name as StepName](...args)) as Result<Name>;
      } catch (error) {
        const refusal = asRefusal(error);
        if (refusal !== undefined) throw refusal;
      }
    }
    try {
      const patient = proxyActivities<AnyActivities>({
        startToCloseTimeout: attemptMs[name],
        retry,
      });
      return (await patient[name as StepName](...args)) as Result<Name>;
    } catch (error) {
      throw asRefusal(error) ?? error;
    }
  };
}
