import { allHandlersFinished, condition, setHandler } from '@temporalio/workflow';
import { awaitPlacement } from '../../src/contract/order.ts';

/**
 * The baseline: what the API starts for an order, under the same name and with the same input, but
 * empty. It says yes and ends, within its first workflow task.
 */
export async function orderWorkflow(): Promise<void> {
  setHandler(awaitPlacement, () => undefined);
  await condition(allHandlersFinished);
}
