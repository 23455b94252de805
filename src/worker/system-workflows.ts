import { setTimeout } from 'node:timers/promises';
import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import {
  RECONCILER_SCHEDULE_ID,
  RECONCILER_WORKFLOW,
  type ReconcilerInput,
  reconcilePolicy,
} from '../contract/reconciler.ts';
import { STUCK_ORDERS_WORKFLOW, stuckOrdersStart } from '../contract/stuck-orders.ts';
import type { Logger } from '../platform/logger.ts';

interface SystemWorkflows {
  taskQueue: string;
  reconcileEveryMs: number;
}

interface Patience {
  log: Logger;
  signal: AbortSignal;
  /** The pause between two tries. */
  againMs?: number;
  /** About how often it looks whether they are still there. */
  everyMs?: number;
}

/**
 * Sees to it that the stuck-orders page and the reconciler run, until the signal: tries again while Temporal
 * does not serve, and starts them again when somebody has ended or deleted them. Never throws.
 */
export async function keepSystemWorkflows(
  client: Client,
  options: SystemWorkflows,
  { log, signal, againMs = 10_000, everyMs = 300_000 }: Patience,
): Promise<void> {
  let ensure = ensureSystemWorkflows;
  while (!signal.aborted) {
    let pauseMs = againMs;
    try {
      await ensure(client, options);
      ensure = restoreSystemWorkflows;
      // Many workers that started together do not look together.
      pauseMs = everyMs * (0.5 + Math.random());
    } catch (err) {
      if (!signal.aborted)
        log.warn({ err }, 'the stuck-orders page or the reconciler is not there yet');
    }
    await setTimeout(pauseMs, undefined, { signal }).catch(() => {});
  }
}

/**
 * Sees to it that the stuck-orders page and the reconciler run; every worker may do so at its start. A Schedule
 * that is there takes over a new interval; whether it is paused stays as it is.
 */
export async function ensureSystemWorkflows(
  client: Client,
  options: SystemWorkflows,
): Promise<void> {
  await Promise.all([ensureStuckOrders(client, options), updateReconciler(client, options)]);
}

/** Starts what is missing; what is there stays as operators have set it. */
async function restoreSystemWorkflows(client: Client, options: SystemWorkflows): Promise<void> {
  await Promise.all([ensureStuckOrders(client, options), createReconciler(client, options)]);
}

async function ensureStuckOrders(client: Client, { taskQueue }: SystemWorkflows): Promise<void> {
  await client.workflow.start(STUCK_ORDERS_WORKFLOW, stuckOrdersStart(taskQueue));
}

/** What the Web UI shows beside the Schedule; who pauses it may write another. */
const NOTE =
  'Compares the orders with Payments, Inventory and their workflows, repairs what is safe, and reports the rest. While it is paused, nothing of that happens.';

/** A run that no worker takes up any more would keep all others from starting. */
const LONGEST_RUN = '1 hour';

function reconcilerSchedule(options: SystemWorkflows): Omit<ScheduleOptions, 'scheduleId'> {
  const input: ReconcilerInput = { policy: reconcilePolicy };
  return {
    spec: { intervals: [{ every: options.reconcileEveryMs }] },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
    action: {
      type: 'startWorkflow',
      workflowType: RECONCILER_WORKFLOW,
      workflowId: RECONCILER_SCHEDULE_ID,
      taskQueue: options.taskQueue,
      args: [input],
      workflowExecutionTimeout: LONGEST_RUN,
    },
  };
}

/** Whether it had been missing. */
async function createReconciler(client: Client, options: SystemWorkflows): Promise<boolean> {
  try {
    const schedule = reconcilerSchedule(options);
    await client.schedule.create({
      ...{ scheduleId: RECONCILER_SCHEDULE_ID, ...schedule, state: { note: NOTE } },
    });
    return true;
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) return false;
    throw error;
  }
}

async function updateReconciler(client: Client, options: SystemWorkflows): Promise<void> {
  if (await createReconciler(client, options)) return;
  const schedule = reconcilerSchedule(options);
  await client.schedule
    .getHandle(RECONCILER_SCHEDULE_ID)
    .update(({ state }) => ({ ...schedule, state: { ...state, note: state.note || NOTE } }));
}
