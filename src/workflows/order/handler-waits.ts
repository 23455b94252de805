import { CancellationScope, condition } from '@temporalio/workflow';

/**
 * What handlers wait for. To cancel an order's workflow is a request like others: it has the order
 * compensated, and whoever waits still gets the true answer.
 */
export async function until(isSo: () => boolean): Promise<void> {
  await CancellationScope.nonCancellable(() => condition(isSo));
}
