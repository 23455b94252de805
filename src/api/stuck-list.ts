import { defaultPayloadConverter } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import type { OperatorInput } from '../contract.ts';
import { type OrderStatus, orderStatuses } from '../domain/order-status.ts';
import { attentionQuery, type StuckFilter, stuckOrdersQuery } from '../stuck-orders.ts';
import { pageTokenOf, readPageToken } from './cursor.ts';
import type { OrderWorkflows } from './order-workflows.ts';
import { Problem } from './problem.ts';
import { temporalProblem } from './temporal-problem.ts';

/** An order, or a report of the reconciler about one, that a person has to see to. */
export interface StuckOrder {
  orderId: string;
  /** "code": the workflow fails, and nothing reaches it before it is mended. */
  step: string;
  failure: string;
  since: Date;
  orderStatus?: OrderStatus | undefined;
  userId?: string;
  /** Its page in the Web UI. */
  url: string;
}

export interface StuckPage {
  orders: StuckOrder[];
  total: number;
  nextPageToken?: string;
}

/** What became of retrying many: `left` were not reached before the time was over. */
export interface RetriedStuck {
  matched: number;
  retried: number;
  refused: number;
  unreachable: number;
  left: number;
}

const MAX_RETRIED = 1_000;
const CONCURRENCY = 20;
/** How long retrying many may take; what is left then is for the next request. */
const RETRY_ALL_MS = 20_000;

type RawExecution = temporal.api.workflow.v1.IWorkflowExecutionInfo;

/** What is stuck, from Temporal's visibility store, which may lag behind by a second or two. */
export class StuckList {
  constructor(readonly workflows: OrderWorkflows) {}

  async page(filter: StuckFilter, limit: number, pageToken?: string): Promise<StuckPage> {
    const { client, taskQueue } = this.workflows.options;
    const { namespace } = client.options;
    const query = attentionQuery(taskQueue, filter);
    const nextToken = pageToken === undefined ? null : readPageToken(pageToken, filter);
    const { page, count } = await this.#answered(async () => ({
      page: await client.workflowService.listWorkflowExecutions({
        namespace,
        query,
        pageSize: limit,
        nextPageToken: nextToken,
      }),
      ...(await client.workflow.count(query)),
    }));
    const { executions, nextPageToken } = page;
    return {
      orders: executions.map((execution) => this.#describe(execution)),
      total: count,
      ...(nextPageToken.length > 0 && { nextPageToken: pageTokenOf(nextPageToken, filter) }),
    };
  }

  /** Retries every parked order that is meant, by Updates, a few at a time. */
  async retry(filter: StuckFilter, input: OperatorInput): Promise<RetriedStuck> {
    const { client, taskQueue, deadlineMs } = this.workflows.options;
    const query = stuckOrdersQuery(taskQueue, filter);
    const end = Date.now() + RETRY_ALL_MS;
    const { ids, count } = await this.#answered(async () => ({
      ids: await this.#idsOf(query),
      ...(await client.workflow.count(query)),
    }));
    const counts = { retried: 0, refused: 0, unreachable: 0 };
    const work = ids.values();
    const workers = Array.from({ length: CONCURRENCY }, async () => {
      for (const id of work) {
        counts[await this.#retryOne(id, input, Math.min(deadlineMs, end - Date.now()))]++;
        if (Date.now() >= end) return;
      }
    });
    await Promise.all(workers);
    const tried = counts.retried + counts.refused + counts.unreachable;
    const matched = Math.max(count, ids.length);
    return { matched, ...counts, left: matched - tried };
  }

  async #retryOne(orderId: string, input: OperatorInput, waitMs: number) {
    try {
      await this.workflows.act(orderId, 'retry', input, waitMs);
      return 'retried';
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return error.code === 'service_unavailable' ? 'unreachable' : 'refused';
    }
  }

  async #idsOf(query: string): Promise<string[]> {
    const { client } = this.workflows.options;
    const ids: string[] = [];
    for await (const { workflowId } of client.workflow.list({ query, pageSize: MAX_RETRIED })) {
      ids.push(orderIdOf(workflowId));
      if (ids.length === MAX_RETRIED) break;
    }
    return ids;
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

  #describe({ execution, startTime, searchAttributes }: RawExecution): StuckOrder {
    const { client, uiUrl = '' } = this.workflows.options;
    const found = (name: string): string | undefined => {
      const payload = searchAttributes?.indexedFields?.[name];
      return payload
        ? (defaultPayloadConverter.fromPayload<string>(payload) ?? undefined)
        : undefined;
    };
    const workflowId = execution?.workflowId ?? '';
    const isParked = found('FailedStep') !== undefined;
    const startedAt = new Date(Number(startTime?.seconds ?? 0) * 1_000);
    const since = found('StuckSince');
    return {
      orderId: orderIdOf(workflowId),
      step: isParked ? `${found('FailedStep')}` : 'code',
      failure: isParked ? (found('FailureType') ?? 'unknown') : 'workflow_task',
      since: since === undefined ? startedAt : new Date(since),
      orderStatus: orderStatuses.find((status) => status === found('OrderStatus')),
      userId: found('CustomerId'),
      url: `${uiUrl}/namespaces/${client.options.namespace}/workflows/${workflowId}`,
    };
  }
}

/** Orders and reports about them have the order's id after a word. */
function orderIdOf(workflowId: string): string {
  return workflowId.slice(workflowId.indexOf('-') + 1);
}
