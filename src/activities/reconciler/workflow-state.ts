import { getClient } from '@temporalio/activity';
import { type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';

/** The last run of a workflow; undefined when Temporal knows of none. */
export async function stateOf(
  workflowId: string,
): Promise<WorkflowExecutionDescription | undefined> {
  try {
    return await getClient().workflow.getHandle(workflowId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

export function isOpen(state: WorkflowExecutionDescription | undefined): boolean {
  return state?.status.name === 'RUNNING' || state?.status.name === 'PAUSED';
}

/** Whether it came to an end that its own code did not choose. */
export function isBroken(state: WorkflowExecutionDescription | undefined): boolean {
  return ['TERMINATED', 'CANCELLED', 'FAILED', 'TIMED_OUT'].includes(state?.status.name ?? '');
}
