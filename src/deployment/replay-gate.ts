import type { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { type ReplayWorkerOptions, Worker } from '@temporalio/worker';
import { quoted } from '../visibility/stuck-query.ts';
import { workflowIds } from '../visibility/workflow-ids.ts';
import { NotDeployed } from './not-deployed.ts';

interface Options {
  client: Client;
  taskQueue: string;
  workflowBundle: NonNullable<ReplayWorkerOptions['workflowBundle']>;
  dataConverter: DataConverter;
  /** The newest open workflows, so many at most. */
  most: number;
}

/** Answers how many histories replayed. Throws NotDeployed for one that does not. */
export type ReplayGate = () => Promise<number>;

/** Replays open workflows, as they are in Temporal, with the code of a version. */
export function replayGate(options: Options): ReplayGate {
  return async () => {
    let count = 0;
    const { workflowBundle, dataConverter } = options;
    const replays = Worker.runReplayHistories(
      { workflowBundle, dataConverter },
      histories(options),
    );
    for await (const { workflowId, error } of replays) {
      if (error) {
        throw new NotDeployed(
          `${workflowId} does not replay, nothing was changed: ${error.message}`,
        );
      }
      count += 1;
    }
    return count;
  };
}

async function* histories({ client, taskQueue, most }: Options) {
  const query = `TaskQueue = ${quoted(taskQueue)} AND ExecutionStatus = "Running"`;
  let count = 0;
  for await (const workflowId of workflowIds(client, query)) {
    if (++count > most) return;
    yield { workflowId, history: await client.workflow.getHandle(workflowId).fetchHistory() };
  }
}
