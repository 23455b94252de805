import { CancellationScope, proxyActivities, setHandler } from '@temporalio/workflow';
import type { StuckOrdersActivities } from '../../activities/stuck-orders/stuck-orders.ts';
import { type BulkAction, type BulkPolicy, bulkActions } from '../../contract/bulk-action.ts';
import { type BulkBegun, bulkSignal, bulkUpdate } from '../../contract/stuck-orders.ts';
import { readBulkRequest } from '../bulk-action/bulk-input.ts';
import { asUpdateFailure, refusalOf } from '../steps/refusal-conversion.ts';
import type { PageState } from './page-state.ts';

const INPUT = 'Input: empty, or {"failedStep", "failureType", "perSecond", "by", "note"}.';

const descriptions: Readonly<Record<BulkAction, string>> = {
  retryStuck: `Try stuck orders again, a few first. ${INPUT}`,
  cancelStuck: `Cancel stuck orders: refund, release. ${INPUT}`,
};

/** The actions on many that begin here, each as an Update and as a Signal; `onBegun` looks again. */
export function offerBulkActions(policy: BulkPolicy, board: PageState, onBegun: () => void): void {
  const { beginBulk } = proxyActivities<StuckOrdersActivities>({
    startToCloseTimeout: '20s',
    retry: { maximumInterval: '30s' },
  });
  const begin = async (action: BulkAction, input: unknown): Promise<BulkBegun> => {
    const request = { ...readBulkRequest(input), action, policy };
    // Also when the cancellation of this page is requested, which has to stay.
    const begun = await CancellationScope.nonCancellable(() => beginBulk(request));
    onBegun();
    return begun;
  };
  for (const action of Object.keys(bulkActions) as BulkAction[]) {
    const description = descriptions[action];
    setHandler(bulkUpdate(action), (input) => begin(action, input), {
      description,
      validator: (input) => {
        const refusal = refusalOf(() => readBulkRequest(input));
        if (refusal !== undefined) throw asUpdateFailure(refusal);
      },
    });
    const beginOrNote = async (input: unknown) => {
      const refusal = refusalOf(() => readBulkRequest(input));
      if (refusal === undefined) await begin(action, input);
      else board.note(`signal ${action} was ignored: ${refusal.message}`);
    };
    setHandler(bulkSignal(action), beginOrNote, { description });
  }
}
