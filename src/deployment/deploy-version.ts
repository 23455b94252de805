import { setTimeout } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { quoted } from '../visibility/stuck-query.ts';
import { workflowIds } from '../visibility/workflow-ids.ts';
import { NotDeployed } from './not-deployed.ts';
import type { ReplayGate } from './replay-gate.ts';
import type { WorkerDeployment } from './worker-deployment.ts';

export interface DeployOptions {
  client: Client;
  deployment: WorkerDeployment;
  buildId: string;
  taskQueue: string;
  replayGate: ReplayGate;
  /** The share of the new tasks that the version gets at first, in percent. */
  rampPercent: number;
  /** How long it is watched with that share, and again with all. Milliseconds. */
  watchMs: number;
  /** How long its workers are waited for. Milliseconds. */
  workersMs: number;
  say: (line: string) => void;
}

const LOOK_EVERY_MS = 1_000;

/**
 * Makes a version of the worker the one that works on orders, or leaves it as it was: its workers have
 * to be there, open orders have to replay, and neither a share of the tasks nor all of them may fail.
 * Throws NotDeployed.
 */
export async function deployVersion(options: DeployOptions): Promise<void> {
  const { deployment, buildId, replayGate, say } = options;
  await workersOf(options);
  const before = await deployment.routing();
  if (before?.current === buildId) return say(`${buildId} is current already`);
  const count = await replayGate();
  const failing = new Set(await failingWorkflows(options));
  say(`${count} open workflows replay with ${buildId}`);
  try {
    await rolledOut(options, failing, before?.current);
  } catch (error) {
    // A look-up or a change that failed: nobody knows whether the version is good.
    if (!(error instanceof NotDeployed)) await takenBack(options, before?.current);
    throw error;
  }
}

async function rolledOut(
  options: DeployOptions,
  failing: ReadonlySet<string>,
  before: string | undefined,
): Promise<void> {
  const { deployment, buildId, rampPercent, say } = options;
  if (before === undefined) {
    await deployment.makeCurrent(buildId);
    say(`${buildId} is the first version, and current`);
    return watched(options, failing, undefined);
  }
  await deployment.ramp(buildId, rampPercent);
  say(`${buildId} has ${rampPercent} % of the tasks`);
  await watched(options, failing, before);
  await deployment.makeCurrent(buildId);
  say(`${buildId} is current`);
  await watched(options, failing, before);
  say(`${buildId} is deployed; workers of ${before} may end`);
}

async function takenBack({ deployment }: DeployOptions, before: string | undefined): Promise<void> {
  await deployment.ramp(undefined, 0);
  await deployment.makeCurrent(before);
}

async function workersOf({ deployment, buildId, workersMs, say }: DeployOptions): Promise<void> {
  const end = Date.now() + workersMs;
  say(`waiting for workers of ${buildId}`);
  while (!(await deployment.isKnown(buildId))) {
    if (Date.now() > end) {
      throw new NotDeployed(`no worker of ${buildId} asks for work: start them first`);
    }
    await setTimeout(LOOK_EVERY_MS);
  }
}

/** Throws NotDeployed, after taking the version back, when workflows fail that did not before. */
async function watched(
  options: DeployOptions,
  known: ReadonlySet<string>,
  before: string | undefined,
): Promise<void> {
  const { buildId, watchMs, say } = options;
  const end = Date.now() + watchMs;
  say(`watching ${buildId} for ${Math.round(watchMs / 1_000)} s`);
  while (Date.now() < end) {
    await setTimeout(Math.min(LOOK_EVERY_MS, watchMs));
    const [first] = (await failingWorkflows(options)).filter((id) => !known.has(id));
    if (first === undefined) continue;
    await takenBack(options, before);
    const now = before ?? 'a worker without a version';
    throw new NotDeployed(
      `${first} fails with ${buildId}: taken back, ${now} works on all orders again`,
    );
  }
}

/** Whose workflow tasks fail; the server says so after some failures. */
async function failingWorkflows({ client, taskQueue }: DeployOptions): Promise<string[]> {
  const query = `TaskQueue = ${quoted(taskQueue)} AND TemporalReportedProblems IS NOT NULL`;
  const found: string[] = [];
  for await (const workflowId of workflowIds(client, query)) found.push(workflowId);
  return found;
}
