import { activityInfo, getClient } from '@temporalio/activity';
import type { Erased, ErasureInput } from '../contract/erasure.ts';
import { orderOfWorkflow } from '../contract/order.ts';
import { reconcileOrderId } from '../contract/reconciler.ts';
import type { DataKeyStore } from '../store/data-key-store.ts';
import type { ErasureStore } from '../store/erasure-store.ts';
import type { RefusalStore } from '../store/refusal-store.ts';
import { quoted } from '../visibility/stuck-query.ts';
import { workflowIds } from '../visibility/workflow-ids.ts';
import { withFailures } from './error-mapping.ts';
import { progressSoFar, reportProgress } from './heartbeats.ts';

export interface ErasureDeps {
  erasures: ErasureStore;
  refusals: RefusalStore;
  dataKeys: DataKeyStore;
}

export type Activities = ReturnType<typeof createErasureActivities>;

const PAGE = 100;
/** Of those that stand in the way; more would help nobody. */
const SHOWN = 20;
const IS_OPEN = '(ExecutionStatus = "Running" OR ExecutionStatus = "Paused")';

/** The orders of a user that were placed before this time, in ISO 8601. */
interface Scope {
  userId: string;
  erasedAt: string;
}

interface Progress {
  after: string;
  orders: number;
  dataKeys: number;
}

export function createErasureActivities({ erasures, refusals, dataKeys }: ErasureDeps) {
  return withFailures({
    /** Orders that are not at their end, in MongoDB, at Payments or in Temporal; some of them at most. */
    async findOpenOrders({ userId, erasedAt }: Scope): Promise<string[]> {
      const open = new Set(await erasures.openOrders(userId, SHOWN));
      const taskQueue = `TaskQueue = ${quoted(activityInfo().taskQueue)}`;
      const ofCustomer = `${taskQueue} AND CustomerId = ${quoted(userId)} AND ${IS_OPEN}`;
      for await (const workflowId of workflowIds(getClient(), ofCustomer)) {
        open.add(orderOfWorkflow(workflowId) ?? workflowId);
        if (open.size >= SHOWN) break;
      }
      for await (const page of pagesOf({ userId, erasedAt })) {
        if (open.size >= SHOWN) break;
        for (const id of await erasures.unsettled(page)) open.add(id);
        const cases = page.map((id) => quoted(reconcileOrderId(id))).join(', ');
        const openCases = `WorkflowId IN (${cases}) AND ${IS_OPEN}`;
        for await (const id of workflowIds(getClient(), openCases)) open.add(id);
      }
      return [...open].slice(0, SHOWN);
    },

    /** Goes on where an earlier attempt was. */
    async eraseOrders(input: Scope & ErasureInput): Promise<Erased> {
      const done: Progress = progressSoFar() ?? { after: '', orders: 0, dataKeys: 0 };
      for await (const page of pagesOf(input, done.after)) {
        await erasures.redact(page);
        done.dataKeys += await dataKeys.erase(page);
        done.orders += page.length;
        done.after = page.at(-1) ?? done.after;
        reportProgress(done);
      }
      done.dataKeys += await eraseRefusals(input);
      const { orders, dataKeys: keys } = done;
      const { userId, by, erasedAt } = input;
      const record = { userId, by, at: new Date(erasedAt), orders, dataKeys: keys };
      await erasures.keepRecord(activityInfo().workflowExecution?.runId ?? userId, record);
      return { userId, by, erasedAt, orders, dataKeys: keys };
    },
  });

  /** Answers how many keys of payloads there were. */
  async function eraseRefusals({ userId, erasedAt }: Scope): Promise<number> {
    let erased = 0;
    for (let isMore = true; isMore; ) {
      const page = await refusals.of(userId, new Date(erasedAt), PAGE);
      erased += await dataKeys.erase(page);
      await refusals.drop(page);
      isMore = page.length === PAGE;
    }
    return erased;
  }

  async function* pagesOf({ userId, erasedAt }: Scope, begin = ''): AsyncGenerator<string[]> {
    for (let after: string | undefined = begin; after !== undefined; ) {
      const page = await erasures.ordersOf({ userId, before: new Date(erasedAt), after }, PAGE);
      if (page.length > 0) yield page;
      after = page.length < PAGE ? undefined : page.at(-1);
    }
  }
}
