import { activityInfo, getClient } from '@temporalio/activity';
import type { OrderQueries } from '../../store/order-queries.ts';
import { actionQuery } from '../../visibility/stuck-query.ts';
import { resumable } from '../resumable.ts';
import { type PageResult, type PageTask, StuckPageMove } from './act-on-page.ts';
import { type StuckCounts, StuckSurvey } from './survey.ts';

/** What is stuck now, and where the Web UI shows workflows. */
export interface StuckOverview extends StuckCounts {
  workflowsUrl: string;
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
        return { ...(await survey.take()), workflowsUrl };
      });
    },

    async countStuck({ action, filter }: Pick<PageTask, 'action' | 'filter'>): Promise<number> {
      const query = actionQuery(activityInfo().taskQueue, action, filter);
      return (await getClient().workflow.count(query)).count;
    },

    /** Signals a page of the stuck orders that are meant, and watches what becomes of them. */
    async movePage(task: PageTask): Promise<PageResult> {
      const move = new StuckPageMove(getClient(), activityInfo().taskQueue, task);
      return resumable(move.begin(), (progress) => move.run(progress));
    },
  };
}
