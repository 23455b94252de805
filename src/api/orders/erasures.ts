import {
  ERASURE_WORKFLOW,
  type Erased,
  type ErasureInput,
  type ErasureOutcome,
} from '../../contract/erasure.ts';
import { isGrpcDeadline } from '../../platform/grpc-errors.ts';
import { pseudonymOf } from '../../platform/pseudonym.ts';
import { Problem } from '../problems/problem.ts';
import { temporalProblem } from '../problems/temporal-problem.ts';
import type { OrderWorkflows } from './order-workflows.ts';

/** Lets a customer be forgotten. */
export class Erasures {
  constructor(readonly workflows: OrderWorkflows) {}

  /** Undefined while it is under way: whoever asks again waits with the first. */
  async erase(input: ErasureInput): Promise<Erased | undefined> {
    const outcome = await this.#outcome(input);
    if (outcome === undefined || !('openOrders' in outcome)) return outcome;
    throw new Problem('orders_open', undefined, { openOrders: outcome.openOrders });
  }

  async #outcome(input: ErasureInput): Promise<ErasureOutcome | undefined> {
    const { client, taskQueue, deadlineMs } = this.workflows.options;
    const until = Date.now() + deadlineMs;
    let isStarted = false;
    try {
      return await client.withDeadline(until, async () => {
        const handle = await client.workflow.start<
          (input: ErasureInput) => Promise<ErasureOutcome>
        >(ERASURE_WORKFLOW, {
          ...{ workflowId: `erase-${pseudonymOf(input.userId)}`, taskQueue, args: [input] },
          workflowIdConflictPolicy: 'USE_EXISTING',
          staticSummary: 'forgets a customer',
        });
        isStarted = true;
        return handle.result();
      });
    } catch (error) {
      if (isStarted && isGrpcDeadline(error)) return undefined;
      throw temporalProblem(error);
    }
  }
}
