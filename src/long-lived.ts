import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import { DESK_WORKFLOW, DESK_WORKFLOW_ID, type DeskInput, deskPolicy } from './contract-desk.ts';
import {
  RECONCILER_SCHEDULE_ID,
  RECONCILER_WORKFLOW,
  type ReconcilerInput,
  reconcilePolicy,
} from './contract-reconciler.ts';

interface LongLived {
  taskQueue: string;
  reconcileEveryMs: number;
}

/** Sees to it that the desk and the reconciler run; every worker may do so at its start. */
export async function ensureLongLived(client: Client, options: LongLived): Promise<void> {
  await Promise.all([ensureDesk(client, options), ensureReconciler(client, options)]);
}

async function ensureDesk(client: Client, { taskQueue }: LongLived): Promise<void> {
  const input: DeskInput = { policy: deskPolicy };
  await client.workflow.start(DESK_WORKFLOW, {
    workflowId: DESK_WORKFLOW_ID,
    workflowIdConflictPolicy: 'USE_EXISTING',
    taskQueue,
    args: [input],
    staticSummary: 'all stuck orders; bookmark this page',
  });
}

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
