import { setHandler } from '@temporalio/workflow';
import { operatorSignal, operatorUpdate } from '../../contract/order.ts';
import { askedFor, readActionInput } from '../actions/action-input.ts';
import { retry } from '../actions/retry.ts';
import { refusalOf } from '../steps/refusal-conversion.ts';
import type { StuckState } from './stuck-state.ts';

/** Offers `retry`, as Signal and Update, to a workflow that has no history of its own to write to. */
export function offerRetry(stuck: StuckState): void {
  const retryAll = (input: unknown) => {
    const refusal = refusalOf(() => stuck.retryAll(askedFor(readActionInput(input))));
    if (refusal !== undefined) stuck.note(`retry was ignored: ${refusal.message}`);
  };
  const { description } = retry;
  setHandler(operatorSignal('retry'), retryAll, { description });
  setHandler(operatorUpdate('retry'), async (input) => retryAll(input), { description });
}
