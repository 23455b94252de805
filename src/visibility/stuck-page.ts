/** Reads what is stuck from Temporal's visibility store, page by page. */
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import proto, { type temporal } from '@temporalio/proto';
import { orderOfWorkflow } from '../contract/order.ts';
import { type PausedStep, stepsIn } from './paused-steps.ts';
import { PAUSED, PAUSED_STEP, type StuckPlace, TASK_FAILS } from './stuck-query.ts';

export interface StuckWorkflow extends StuckPlace {
  workflowId: string;
  /** The order that it is, or is about. */
  orderId: string | undefined;
  orderNumber: string | undefined;
  /** When it got stuck; when it was started, if nobody noted that. */
  since: Date;
  /** Paused by a person: signals wait until it is unpaused. */
  isPaused: boolean;
  /** Steps of it that a person has paused: they run again when they are unpaused. */
  pausedSteps: PausedStep[];
  /** Its workflow task keeps failing: signals wait until the code is repaired. */
  isFailing: boolean;
  orderStatus: string | undefined;
  customerId: string | undefined;
}

export interface StuckWorkflows {
  workflows: StuckWorkflow[];
  /** Where the next page begins; absent on the last one. It stays valid while workflows come and go. */
  next?: Uint8Array;
}

type RawExecution = temporal.api.workflow.v1.IWorkflowExecutionInfo;

/** The most that the server gives at once. */
export const MAX_PAGE = 1_000;

const { WORKFLOW_EXECUTION_STATUS_PAUSED } = proto.temporal.api.enums.v1.WorkflowExecutionStatus;

export async function listStuck(
  client: Client,
  query: string,
  pageSize: number,
  after?: Uint8Array,
): Promise<StuckWorkflows> {
  const { executions, nextPageToken } = await client.workflowService.listWorkflowExecutions({
    namespace: client.options.namespace,
    query,
    pageSize,
    nextPageToken: after,
  });
  return {
    workflows: executions.map(read),
    ...(nextPageToken.length > 0 && { next: nextPageToken }),
  };
}

function read(execution: RawExecution): StuckWorkflow {
  const { startTime, searchAttributes, status } = execution;
  const found = (name: string): unknown => {
    const payload = searchAttributes?.indexedFields?.[name];
    return (payload && defaultPayloadConverter.fromPayload(payload)) ?? undefined;
  };
  const text = (name: string) => found(name)?.toString();
  const isPaused = status === WORKFLOW_EXECUTION_STATUS_PAUSED;
  const isFailing = found('TemporalReportedProblems') !== undefined;
  const since = text('StuckSince');
  const place = { step: text('FailedStep') ?? '', failure: text('FailureType') ?? '' };
  const pausedSteps = stepsIn(found('TemporalPauseInfo'));
  const isResting = isPaused || isFailing || pausedSteps.length > 0;
  const paused = isPaused ? PAUSED : PAUSED_STEP;
  const resting = isFailing ? TASK_FAILS : paused;
  const workflowId = execution.execution?.workflowId ?? '';
  return {
    workflowId,
    orderId: orderOfWorkflow(workflowId),
    orderNumber: text('OrderNumber'),
    ...(found('NeedsAttention') === true || !isResting ? place : resting),
    since:
      since === undefined ? new Date(Number(startTime?.seconds ?? 0) * 1_000) : new Date(since),
    isPaused,
    pausedSteps,
    isFailing,
    orderStatus: text('OrderStatus'),
    customerId: text('CustomerId'),
  };
}
