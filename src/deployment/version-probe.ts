import { randomUUID } from 'node:crypto';
import { type Client, WorkflowFailedError } from '@temporalio/client';
import { VERSION_PROBE_WORKFLOW } from '../contract/version-probe.ts';
import { grpcCode } from '../platform/grpc-errors.ts';
import { NotDeployed } from './not-deployed.ts';

interface Options {
  client: Client;
  deploymentName: string;
  buildId: string;
  taskQueue: string;
  /** How long workers of the version may take. Milliseconds. */
  boundMs: number;
  signal: AbortSignal;
}

const FAILED_PRECONDITION = 9;

/**
 * Has workers of one version do a workflow that no others may do. A list of who asks for work would
 * still name workers that have ended. Throws NotDeployed.
 */
export async function probeVersion(options: Options): Promise<void> {
  const { client, deploymentName, buildId, taskQueue, boundMs, signal } = options;
  try {
    await client.withAbortSignal(signal, () =>
      client.workflow.execute(VERSION_PROBE_WORKFLOW, {
        ...{ taskQueue, workflowId: `version-probe-${randomUUID()}` },
        workflowExecutionTimeout: boundMs,
        versioningOverride: { pinnedTo: { deploymentName, buildId } },
      }),
    );
  } catch (error) {
    signal.throwIfAborted();
    const isUnknown = grpcCode(error) === FAILED_PRECONDITION;
    if (!isUnknown && !(error instanceof WorkflowFailedError)) throw error;
    throw new NotDeployed(
      `no worker of ${buildId} did a probe within ${Math.ceil(boundMs / 1_000)} s: are they running, and reach MongoDB?`,
    );
  }
}
