import type { Client } from '@temporalio/client';
import { grpcCode } from '../platform/grpc-errors.ts';

const NOT_FOUND = 5;
const FAILED_PRECONDITION = 9;

/** Which versions of the worker take new workflow tasks. */
export interface Routing {
  /** Undefined while workers without a version do. */
  current: string | undefined;
  ramping: string | undefined;
}

/** The versions of the worker, as Temporal's Worker Deployments know them. */
export class WorkerDeployment {
  constructor(
    readonly client: Client,
    readonly name: string,
  ) {}

  /** Undefined until a worker of any version has asked for work. */
  async routing(): Promise<Routing | undefined> {
    const { workerDeploymentInfo } =
      (await unlessMissing(
        this.#service.describeWorkerDeployment({ ...this.#id, deploymentName: this.name }),
      )) ?? {};
    if (!workerDeploymentInfo) return undefined;
    const { currentDeploymentVersion: current, rampingDeploymentVersion: ramping } =
      workerDeploymentInfo.routingConfig ?? {};
    return { current: current?.buildId || undefined, ramping: ramping?.buildId || undefined };
  }

  /** Whether a worker of this version has asked for work. */
  async isKnown(buildId: string): Promise<boolean> {
    const deploymentVersion = { deploymentName: this.name, buildId };
    const found = await unlessMissing(
      this.#service.describeWorkerDeploymentVersion({ ...this.#id, deploymentVersion }),
    );
    return (found?.versionTaskQueues.length ?? 0) > 0;
  }

  async makeCurrent(buildId: string | undefined): Promise<void> {
    await this.#service.setWorkerDeploymentCurrentVersion({
      ...{ ...this.#id, deploymentName: this.name, buildId: buildId ?? '' },
      // What the version before did not serve, it need not serve either.
      ignoreMissingTaskQueues: true,
    });
  }

  /** Gives a version this share of the new workflow tasks, in percent; none without a version. */
  async ramp(buildId: string | undefined, percentage: number): Promise<void> {
    try {
      await this.#service.setWorkerDeploymentRampingVersion({
        ...{ ...this.#id, deploymentName: this.name, buildId: buildId ?? '', percentage },
        ignoreMissingTaskQueues: true,
      });
    } catch (error) {
      // There is none that could be taken away.
      if (buildId !== undefined || grpcCode(error) !== FAILED_PRECONDITION) throw error;
    }
  }

  get #service() {
    return this.client.workflowService;
  }

  get #id() {
    return { namespace: this.client.options.namespace, identity: 'deploy-version' };
  }
}

async function unlessMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (grpcCode(error) === NOT_FOUND) return undefined;
    throw error;
  }
}
