import type { BulkInput, BulkOutcome } from '../../contract/bulk-action.ts';
import { stuckOrdersWorkflowId } from '../../contract/stuck-orders.ts';
import { type OrderStatus, orderStatuses } from '../../domain/order-status.ts';
import { beginBulk } from '../../visibility/begin-bulk.ts';
import { type PausedStep, withPauses } from '../../visibility/paused-steps.ts';
import { listStuck, type StuckWorkflow } from '../../visibility/stuck-page.ts';
import { type StuckFilter, stuckQuery } from '../../visibility/stuck-query.ts';
import { pageTokenOf, readPageToken } from '../http/cursor.ts';
import { Problem } from '../problems/problem.ts';
import { temporalProblem } from '../problems/temporal-problem.ts';
import type { OrderWorkflows } from './order-workflows.ts';

/** A workflow that a person has to see to: of an order, about an order, or one of the service's own. */
export interface StuckOrder {
  workflowId: string;
  orderId: string | undefined;
  orderNumber: string | undefined;
  step: string;
  failure: string;
  since: Date;
  isPaused: boolean;
  pausedSteps: PausedStep[];
  isFailing: boolean;
  orderStatus: OrderStatus | undefined;
  userId: string | undefined;
  /** Its page in the Web UI. */
  url: string;
}

export interface StuckPage {
  orders: StuckOrder[];
  total: number;
  nextCursor?: string;
}

/** What became of retrying many; without an outcome it is still under way. */
export interface RetriedStuck {
  matched: number;
  outcome: BulkOutcome | undefined;
  /** Where the Web UI shows how it goes on. */
  url: string;
}

interface Retry {
  by: string;
  note?: string;
  perSecond?: number;
}

type BulkAction = (input: BulkInput) => Promise<BulkOutcome>;

/** What is stuck, from Temporal's visibility store, which may lag behind by a second or two. */
export class StuckList {
  constructor(readonly workflows: OrderWorkflows) {}

  async page(filter: StuckFilter, limit: number, cursor?: string): Promise<StuckPage> {
    const { client, taskQueue } = this.workflows.options;
    const query = stuckQuery(taskQueue, filter);
    const after = cursor === undefined ? undefined : readPageToken(cursor, filter);
    const { workflows, next, count } = await this.#answered(async () => {
      const { workflows, next } = await listStuck(client, query, limit, after);
      const { count } = await client.workflow.count(query);
      return { workflows: await withPauses(client, workflows), next, count };
    });
    return {
      orders: workflows.map((workflow) => this.#describe(workflow)),
      total: count,
      ...(next && { nextCursor: pageTokenOf(next, filter) }),
    };
  }

  /**
   * Has every stuck order retried that is meant. A workflow does it, which takes as long as it takes:
   * what comes of it is waited for until the deadline only.
   */
  async retry(filter: StuckFilter, { by, ...more }: Retry): Promise<RetriedStuck> {
    const { client, taskQueue, deadlineMs } = this.workflows.options;
    const end = Date.now() + deadlineMs;
    const request = { ...filter, action: 'retryStuck', by, ...more } as const;
    const { workflowId, matched } = await this.#answered(() =>
      beginBulk(client, taskQueue, request),
    );
    if (matched === 0) {
      const url = this.#urlOf(stuckOrdersWorkflowId(taskQueue));
      return { matched, outcome: { matched, signalled: 0, stillStuck: 0 }, url };
    }
    const outcome = await client
      .withDeadline(end, () => client.workflow.getHandle<BulkAction>(workflowId).result())
      // It is begun: how it ends can be learnt later.
      .catch(() => undefined);
    return { matched: outcome?.matched ?? matched, outcome, url: this.#urlOf(workflowId) };
  }

  async #answered<T>(call: () => Promise<T>): Promise<T> {
    const { client, deadlineMs } = this.workflows.options;
    try {
      return await client.withDeadline(Date.now() + deadlineMs, call);
    } catch (error) {
      if (error instanceof Problem) throw error;
      throw temporalProblem(error);
    }
  }

  #describe({ customerId, orderStatus, ...workflow }: StuckWorkflow): StuckOrder {
    return {
      ...workflow,
      orderStatus: orderStatuses.find((status) => status === orderStatus),
      userId: customerId,
      url: this.#urlOf(workflow.workflowId),
    };
  }

  #urlOf(workflowId: string): string {
    const { client, uiUrl = '' } = this.workflows.options;
    return `${uiUrl}/namespaces/${client.options.namespace}/workflows/${workflowId}`;
  }
}
