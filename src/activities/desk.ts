import { setTimeout } from 'node:timers/promises';
import { activityInfo, getClient, heartbeat } from '@temporalio/activity';
import { type WorkflowExecutionInfo, WorkflowNotFoundError } from '@temporalio/client';
import {
  type OperatorAction,
  type OperatorInput,
  operatorSignal,
  searchAttributes,
} from '../contract.ts';
import { parkedQuery, type StuckFilter, stuckOrdersQuery, wedgedQuery } from '../stuck-orders.ts';
import { withFailures } from './failures.ts';
import { type StuckGroup, StuckGroups } from './stuck-groups.ts';

/** What is stuck now, as far as the visibility store knows. */
export interface StuckSurvey {
  total: number;
  groups: StuckGroup[];
  /** Whether there are too many to look at each. */
  isPartial: boolean;
  /** Where the Web UI shows workflows. */
  workflowsUrl: string;
}

interface Batch {
  ids: string[];
  action: OperatorAction;
  input: OperatorInput;
}

interface Watch {
  ids: string[];
  settleMs: number;
  quietMs: number;
}

export type Activities = ReturnType<typeof createDeskActivities>;

const MAX_LISTED = 10_000;
const PAGE = 500;
const CONCURRENCY = 20;
const POLL_MS = 1_000;

/** What the desk does outside: it reads the visibility store, and signals orders. */
export function createDeskActivities({ uiUrl = '' }: { uiUrl: string | undefined }) {
  return withFailures({
    async surveyStuck(): Promise<StuckSurvey> {
      const { taskQueue, workflowNamespace } = activityInfo();
      const groups = new StuckGroups();
      let parked = 0;
      for await (const { workflowId, startTime, ...workflow } of listed(parkedQuery(taskQueue))) {
        const found = workflow.typedSearchAttributes;
        groups.add({
          workflowId,
          step: found.get(searchAttributes.failedStep) ?? 'unknown',
          failure: found.get(searchAttributes.failureType) ?? 'unknown',
          since: found.get(searchAttributes.stuckSince) ?? startTime,
        });
        parked++;
      }
      let wedged = 0;
      for await (const { workflowId, startTime } of listed(wedgedQuery(taskQueue))) {
        groups.add({ workflowId, step: 'code', failure: 'workflow_task', since: startTime });
        wedged++;
      }
      const isPartial = Math.max(parked, wedged) === MAX_LISTED;
      if (isPartial) parked = await count(parkedQuery(taskQueue));
      return {
        total: parked + wedged,
        groups: groups.list(),
        isPartial,
        workflowsUrl: `${uiUrl}/namespaces/${workflowNamespace}/workflows`,
      };
    },

    /** The ids of the stuck orders that are meant, at most MAX_LISTED, and how many there are. */
    async findStuck(filter: StuckFilter): Promise<{ ids: string[]; matched: number }> {
      const query = stuckOrdersQuery(activityInfo().taskQueue, filter);
      const ids: string[] = [];
      for await (const { workflowId } of listed(query)) ids.push(workflowId);
      return { ids, matched: ids.length < MAX_LISTED ? ids.length : await count(query) };
    },

    /**
     * Signals each order, and answers how many were still there. After a crash it goes on where its
     * last heartbeat was; the few that are signalled twice ignore the second.
     */
    async signalOrders({ ids, action, input }: Batch): Promise<number> {
      let { done, reached } = activityInfo().heartbeatDetails ?? { done: 0, reached: 0 };
      while (done < ids.length) {
        const some = ids.slice(done, done + CONCURRENCY);
        const answers = await Promise.all(some.map((id) => signal(id, action, input)));
        done += some.length;
        reached += answers.filter((isThere) => isThere).length;
        heartbeat({ done, reached });
      }
      return reached;
    },

    /** Watches orders until none is parked, or nothing changes any more; answers how many are. */
    async countStillStuck({ ids, settleMs, quietMs }: Watch): Promise<number> {
      const query = parkedQuery(activityInfo().taskQueue);
      const watched = new Set(ids);
      const end = Date.now() + settleMs;
      let left = ids.length;
      let changedAt = Date.now();
      for (;;) {
        let parked = 0;
        for await (const { workflowId } of listed(query)) if (watched.has(workflowId)) parked++;
        if (parked !== left) changedAt = Date.now();
        left = parked;
        if (left === 0 || Date.now() > Math.min(end, changedAt + quietMs)) return left;
        await setTimeout(POLL_MS);
      }
    },
  });
}

/** Whether the order was there to get the signal. */
async function signal(id: string, action: OperatorAction, input: OperatorInput): Promise<boolean> {
  try {
    await getClient().workflow.getHandle(id).signal(operatorSignal(action), input);
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

async function count(query: string): Promise<number> {
  return (await getClient().workflow.count(query)).count;
}

/** At most MAX_LISTED workflows, page by page. */
async function* listed(query: string): AsyncGenerator<WorkflowExecutionInfo> {
  let seen = 0;
  for await (const workflow of getClient().workflow.list({ query, pageSize: PAGE })) {
    if (seen % PAGE === 0) heartbeat();
    yield workflow;
    if (++seen === MAX_LISTED) return;
  }
}
