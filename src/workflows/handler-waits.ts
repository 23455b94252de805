import { CancellationScope, condition, sleep } from '@temporalio/workflow';

/*
 * What handlers wait for. To cancel an order's workflow is a request like others: it has the order
 * undone, and whoever waits still gets the true answer.
 */

/**
 * Ends the workflow task, and with it what was accepted or answered is in the history. A task that
 * is lost is done again, and may go another way: nothing must be done on the strength of a lost one.
 */
export async function recorded(): Promise<void> {
  await CancellationScope.nonCancellable(() => sleep(1));
}

export async function until(isSo: () => boolean): Promise<void> {
  await CancellationScope.nonCancellable(() => condition(isSo));
}
