import { setTimeout } from 'node:timers/promises';
import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import { DESK_WORKFLOW, deskStart } from './contract-desk.ts';
import {
  RECONCILER_SCHEDULE_ID,
  RECONCILER_WORKFLOW,
  type ReconcilerInput,
  reconcilePolicy,
} from './contract-reconciler.ts';
import type { Logger } from './log.ts';

interface LongLived {
  taskQueue: string;
  reconcileEveryMs: number;
}

interface Patience {
  log: Logger;
  signal: AbortSignal;
  /** The pause between two tries. */
  againMs?: number;
}

/**
 * Tries until the desk and the reconciler run, or until the signal: a worker that starts while
 * Temporal is still starting works without them for a while. Never throws.
 */
export async function keepEnsuring(
  client: Client,
  options: LongLived,
  { log, signal, againMs = 10_000 }: Patience,
): Promise<void> {
  while (!signal.aborted) {
    try {
      return await ensureLongLived(client, options);
    } catch (err) {
      if (!signal.aborted) log.warn({ err }, 'the desk or the reconciler is not there yet');
    }
    await setTimeout(againMs, undefined, { signal }).catch(() => {});
  }
}

/** Sees to it that the desk and the reconciler run; every worker may do so at its start. */
export async function ensureLongLived(client: Client, options: LongLived): Promise<void> {
  await Promise.all([ensureDesk(client, options), ensureReconciler(client, options)]);
}

async function ensureDesk(client: Client, { taskQueue }: LongLived): Promise<void> {
  await client.workflow.start(DESK_WORKFLOW, deskStart(taskQueue));
}

/** A run that no worker takes up any more would keep all others from starting. */
const LONGEST_RUN = '1 hour';

/** A Schedule that is there takes over a new interval; whether it is paused stays as it is. */
async function ensureReconciler(client: Client, options: LongLived): Promise<void> {
  const input: ReconcilerInput = { policy: reconcilePolicy };
  const schedule: Omit<ScheduleOptions, 'scheduleId'> = {
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
  try {
    await client.schedule.create({ scheduleId: RECONCILER_SCHEDULE_ID, ...schedule });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule
      .getHandle(RECONCILER_SCHEDULE_ID)
      .update(({ state }) => ({ ...schedule, state }));
  }
}
