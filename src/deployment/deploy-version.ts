import { setTimeout } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { VERSION_PROBE_WORKFLOW } from '../contract/version-probe.ts';
import { quoted } from '../visibility/stuck-query.ts';
import { workflowIds } from '../visibility/workflow-ids.ts';
import { NotDeployed } from './not-deployed.ts';
import type { ReplayGate } from './replay-gate.ts';
import { probeVersion } from './version-probe.ts';
import type { Routing, WorkerDeployment } from './worker-deployment.ts';

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
  /** Whether a ramp that is there, of a deployment that was killed, is taken away first. */
  takesOver: boolean;
  /** Ends it, with everything as it was. */
  signal: AbortSignal;
  say: (line: string) => void;
}

const LOOK_EVERY_MS = 1_000;
const PROBE_MS = 30_000;

/** Another deployment, or a person, works on the same versions: what they did is left alone. */
class ChangedByOthers extends NotDeployed {}

/**
 * Makes a version of the worker the one that works on orders, or leaves it as it was: its workers have
 * to work, open orders have to replay, and neither a share of the tasks nor all of them may fail.
 * Throws NotDeployed.
 */
export async function deployVersion(options: DeployOptions): Promise<void> {
  const { buildId, replayGate, say, signal } = options;
  try {
    await workersOf(options);
    const before = await withoutRamp(options);
    if (before.current === buildId) return say(`${buildId} is current already`);
    const count = await replayGate();
    const failing = new Set(await failingWorkflows(options));
    say(`${count} open workflows replay with ${buildId}`);
    signal.throwIfAborted();
    await rolledOut(options, failing, before.current).catch(async (error) => {
      if (error instanceof ChangedByOthers) throw error;
      // Also after a look-up or a change that failed: nobody knows whether the version is good.
      await takenBack(options, before.current);
      throw error;
    });
  } catch (error) {
    if (signal.aborted && !(error instanceof NotDeployed)) {
      throw new NotDeployed(`interrupted: ${buildId} is not deployed`);
    }
    throw error;
  }
}

async function rolledOut(
  options: DeployOptions,
  failing: ReadonlySet<string>,
  before: string | undefined,
): Promise<void> {
  const { deployment, buildId, rampPercent, say } = options;
  const isCurrent = { current: buildId, ramping: undefined };
  if (before === undefined) {
    await deployment.makeCurrent(buildId);
    say(`${buildId} is the first version, and current`);
    return watched(options, failing, isCurrent);
  }
  await deployment.ramp(buildId, rampPercent);
  say(`${buildId} has ${rampPercent} % of the tasks`);
  await watched(options, failing, { current: before, ramping: buildId });
  await deployment.makeCurrent(buildId);
  say(`${buildId} is current`);
  await watched(options, failing, isCurrent);
  say(`${buildId} is deployed; workers of ${before} may end`);
}

async function takenBack(
  { deployment, buildId, say }: DeployOptions,
  before: string | undefined,
): Promise<void> {
  try {
    await deployment.ramp(undefined, 0);
    await deployment.makeCurrent(before);
  } catch (error) {
    throw new NotDeployed(
      `${buildId} could not be taken back: ${(error as Error).message}. Who has the work: temporal worker deployment describe --name ${deployment.name}`,
    );
  }
  say(`taken back: ${before ?? 'a worker without a version'} works on all orders again`);
}

async function workersOf(options: DeployOptions): Promise<void> {
  const { deployment, buildId, workersMs, say, signal } = options;
  const end = Date.now() + workersMs;
  say(`waiting for workers of ${buildId}`);
  while (!(await deployment.isKnown(buildId))) {
    if (Date.now() > end) {
      throw new NotDeployed(`no worker of ${buildId} asks for work: start them first`);
    }
    await setTimeout(LOOK_EVERY_MS, undefined, { signal });
  }
  await probed(options, Math.max(end - Date.now(), LOOK_EVERY_MS));
}

/** Two that deploy at once would take back one another's version. */
async function withoutRamp({ deployment, takesOver, say }: DeployOptions): Promise<Routing> {
  const found = await deployment.routing();
  const { ramping, current } = found ?? { ramping: undefined, current: undefined };
  if (ramping === undefined) return { ramping, current };
  const whose = `${ramping} has a share of the tasks: another deploy-version runs, or was killed`;
  if (!takesOver) {
    throw new NotDeployed(`${whose}. If none runs, --take-over takes that share away first`);
  }
  await deployment.ramp(undefined, 0);
  say(`${whose}; the share is taken away`);
  return { ramping: undefined, current };
}

/** Throws NotDeployed when workflows fail that did not before, or no worker does its probes any more. */
async function watched(
  options: DeployOptions,
  known: ReadonlySet<string>,
  expected: Routing,
): Promise<void> {
  const { deployment, buildId, watchMs, say, signal } = options;
  const end = Date.now() + watchMs;
  let probes = 0;
  say(`watching ${buildId} for ${Math.round(watchMs / 1_000)} s`);
  do {
    await setTimeout(Math.min(LOOK_EVERY_MS, watchMs), undefined, { signal });
    const { current, ramping } = (await deployment.routing()) ?? {};
    if (current !== expected.current || ramping !== expected.ramping) {
      throw new ChangedByOthers(
        'somebody else has changed the versions: they are left as they are',
      );
    }
    await Promise.all([noneFails(options, known), probed(options, PROBE_MS)]);
    probes += 1;
  } while (Date.now() < end);
  // A workflow may have failed in the meantime of the last probe.
  await noneFails(options, known);
  const orders = await worked(options);
  say(
    orders > 0
      ? `${buildId} has worked on ${orders} workflows, and done ${probes} probes`
      : `no order needed ${buildId} yet: it has done ${probes} probes and nothing else`,
  );
}

async function noneFails(options: DeployOptions, known: ReadonlySet<string>): Promise<void> {
  const [first] = (await failingWorkflows(options)).filter((id) => !known.has(id));
  if (first !== undefined) throw new NotDeployed(`${first} fails with ${options.buildId}`);
}

function probed(options: DeployOptions, boundMs: number): Promise<void> {
  const deploymentName = options.deployment.name;
  return probeVersion({ ...options, deploymentName, boundMs });
}

/** How many workflows, beside its probes, had tasks done by the version. */
async function worked({ client, deployment, buildId, taskQueue }: DeployOptions): Promise<number> {
  const version = quoted(`${deployment.name}:${buildId}`);
  const { count } = await client.workflow.count(
    `TaskQueue = ${quoted(taskQueue)} AND WorkflowType != ${quoted(VERSION_PROBE_WORKFLOW)} AND TemporalUsedWorkerDeploymentVersions = ${version}`,
  );
  return count;
}

/** Whose workflow tasks fail; the server says so after some failures. */
async function failingWorkflows({ client, taskQueue }: DeployOptions): Promise<string[]> {
  const query = `TaskQueue = ${quoted(taskQueue)} AND TemporalReportedProblems IS NOT NULL`;
  const found: string[] = [];
  for await (const workflowId of workflowIds(client, query)) found.push(workflowId);
  return found;
}
