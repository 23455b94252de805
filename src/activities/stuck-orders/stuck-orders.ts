import { activityInfo, getClient } from '@temporalio/activity';
import type { BulkInput } from '../../contract/bulk-action.ts';
import type { BulkBegun } from '../../contract/stuck-orders.ts';
import type { OrderQueries } from '../../store/order-queries.ts';
import { beginBulk } from '../../visibility/begin-bulk.ts';
import { actionQuery } from '../../visibility/stuck-query.ts';
import { resumable } from '../resumable.ts';
import { type PageResult, type PageTask, StuckPageMove } from './act-on-page.ts';
import { type ListedBulk, listBulk } from './bulk-list.ts';
import { type StuckCounts, StuckSurvey } from './survey.ts';

/** What is stuck now, and where the Web UI shows workflows. */
export interface StuckOverview extends StuckCounts {
  workflowsUrl: string;
  /** Those under way first, then those that ended last. */
  bulkActions: ListedBulk[];
}

interface Deps {
  uiUrl: string | undefined;
  queries: OrderQueries;
}

export type StuckOrdersActivities = ReturnType<typeof createStuckOrdersActivities>;

/** What the page of the stuck orders is made of, and what its actions do. */
export function createStuckOrdersActivities({ uiUrl = '', queries }: Deps) {
  const readTotals = (orderIds: readonly string[]) => queries.totals(orderIds);
  return {
    async surveyStuck({ page }: { page?: number } = {}): Promise<StuckOverview> {
      const { taskQueue, workflowNamespace } = activityInfo();
      const workflowsUrl = `${uiUrl}/namespaces/${workflowNamespace}/workflows`;
      return resumable({}, async (progress) => {
        const survey = new StuckSurvey({
          ...{ client: getClient(), taskQueue, page, onProgress: progress.assertWanted },
          readTotals,
        });
        const counts = await survey.take();
        return { ...counts, workflowsUrl, bulkActions: await listBulk(getClient(), taskQueue) };
      });
    },

    async countStuck({ action, filter }: Pick<PageTask, 'action' | 'filter'>): Promise<number> {
      const query = actionQuery(activityInfo().taskQueue, action, filter);
      return (await getClient().workflow.count(query)).count;
    },

    /** Begins an action on many, or resumes the one that is there for the same group. */
    async beginBulk({ policy, ...request }: BulkInput): Promise<BulkBegun> {
      return beginBulk(getClient(), activityInfo().taskQueue, request, policy);
    },

    /** Signals a page of the stuck orders that are meant, and watches what becomes of them. */
    async movePage(task: PageTask): Promise<PageResult> {
      const move = new StuckPageMove(getClient(), activityInfo().taskQueue, task);
      return resumable(move.begin(), (progress) => move.run(progress));
    },
  };
}
