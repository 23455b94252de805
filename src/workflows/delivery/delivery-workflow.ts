import { allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow';
import type { DeliveryInput } from '../../contract/delivery.ts';
import { orderEvent } from '../../domain/events.ts';
import { createSteps } from '../steps/run-step.ts';
import { offerRetry } from '../stuck/offer-retry.ts';
import { StuckState } from '../stuck/stuck-state.ts';

/** Records that a shipped order has arrived, and tells others. The first such fact stands. */
export async function recordOrderDelivery(input: DeliveryInput): Promise<void> {
  return CancellationScope.nonCancellable(() => record(input));
}

async function record({ policy, ...delivery }: DeliveryInput): Promise<void> {
  const stuck = new StuckState(policy, () => '# An order has arrived: this is being recorded');
  const steps = createSteps(policy, stuck);
  offerRetry(stuck);
  const at = new Date().toISOString();
  const {
    userId,
    version,
    deliveredAt,
    at: recordedAt,
  } = await steps.recordDelivery({
    ...delivery,
    at,
  });
  const { orderId } = delivery;
  const data = { orderId, userId, deliveredAt };
  await steps.publishEvents([orderEvent(version, recordedAt, { type: 'order.delivered', data })]);
  await condition(allHandlersFinished);
}
