/** Steps that a person has paused: the history does not tell of it, only the server does. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';

export interface PausedStep {
  /** The name of the activity. */
  step: string;
  /** ISO 8601; like what follows, absent while only the index was asked. */
  since?: string;
  /** The identity that the server was given; the Web UI names nobody unless people sign in there. */
  by?: string;
  reason?: string;
}

type Activity = temporal.api.workflow.v1.IPendingActivityInfo;

const ACTIVITY_TYPE = 'property:activityType=';

/** The steps that the search attribute TemporalPauseInfo names. */
export function stepsIn(pauseInfo: unknown): PausedStep[] {
  if (!Array.isArray(pauseInfo)) return [];
  return pauseInfo
    .filter((entry) => typeof entry === 'string' && entry.startsWith(ACTIVITY_TYPE))
    .map((entry: string) => ({ step: entry.slice(ACTIVITY_TYPE.length) }));
}

/** Adds to workflows with paused steps who paused them and when; asks about no others. */
export async function withPauses<W extends { workflowId: string; pausedSteps: PausedStep[] }>(
  client: Client,
  workflows: readonly W[],
): Promise<W[]> {
  return Promise.all(
    workflows.map(async (workflow) => {
      if (workflow.pausedSteps.length === 0) return workflow;
      return { ...workflow, pausedSteps: await pausedSteps(client, workflow.workflowId) };
    }),
  );
}

async function pausedSteps(client: Client, workflowId: string): Promise<PausedStep[]> {
  try {
    const { raw } = await client.workflow.getHandle(workflowId).describe();
    return (raw.pendingActivities ?? []).filter(({ paused }) => paused).map(read);
  } catch (error) {
    // It has ended since it was listed.
    if (error instanceof WorkflowNotFoundError) return [];
    throw error;
  }
}

function read({ activityType, pauseInfo }: Activity): PausedStep {
  const { pauseTime, manual } = pauseInfo ?? {};
  const { identity, reason } = manual ?? {};
  return {
    step: activityType?.name ?? '',
    ...(pauseTime && { since: new Date(Number(pauseTime.seconds) * 1_000).toISOString() }),
    ...(identity && { by: identity }),
    ...(reason && { reason }),
  };
}
