import { setTimeout } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { quoted } from '../visibility/stuck-query.ts';
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

/** The version is not current. Whatever it had begun goes on with the version before. */
export class NotDeployed extends Error {
  override readonly name = 'NotDeployed';
}

const LOOK_EVERY_MS = 1_000;

/**
 * Makes a version of the worker the one that works on orders, or leaves it as it was: its workers have
 * to be there, open orders have to replay, and neither a share of the tasks nor all of them may fail.
 * Throws NotDeployed.
 */
export async function deployVersion(options: DeployOptions): Promise<void> {
  const { deployment, buildId, replayGate, rampPercent, say } = options;
  await workersOf(options);
  const before = await deployment.routing();
  if (before?.current === buildId) return say(`${buildId} is current already`);
  const count = await replayGate();
  say(`${count} open workflows replay with ${buildId}`);
  if (before?.current === undefined) {
    await deployment.makeCurrent(buildId);
    say(`${buildId} is the first version, and current`);
    return watched(options, undefined);
  }
  await deployment.ramp(buildId, rampPercent);
  say(`${buildId} has ${rampPercent} % of the tasks`);
  await watched(options, before.current);
  await deployment.makeCurrent(buildId);
  say(`${buildId} is current`);
  await watched(options, before.current);
  say(`${buildId} is deployed; workers of ${before.current} may end`);
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

/** Throws NotDeployed, after taking the version back, when workflow tasks fail with it. */
async function watched(options: DeployOptions, before: string | undefined): Promise<void> {
  const { deployment, buildId, watchMs, say } = options;
  const end = Date.now() + watchMs;
  say(`watching ${buildId} for ${Math.round(watchMs / 1_000)} s`);
  while (Date.now() < end) {
    await setTimeout(Math.min(LOOK_EVERY_MS, watchMs));
    const failing = await failingWith(options);
    if (failing === 0) continue;
    await deployment.ramp(undefined, 0);
    await deployment.makeCurrent(before);
    const now = before ?? 'workers without a version';
    throw new NotDeployed(
      `${failing} workflows fail with ${buildId}: taken back, ${now} work on all orders again`,
    );
  }
}

/** How many workflows have tasks that fail with this version; the server says so after some failures. */
async function failingWith({ client, taskQueue, deployment, buildId }: DeployOptions) {
  const version = quoted(`${deployment.name}:${buildId}`);
  const query = `TaskQueue = ${quoted(taskQueue)} AND TemporalReportedProblems IS NOT NULL AND TemporalWorkerDeploymentVersion = ${version}`;
  return (await client.workflow.count(query)).count;
}
