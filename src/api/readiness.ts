import type { Connection as TemporalConnection } from '@temporalio/client';
import type { Connection as MongoConnection } from 'mongoose';
import { grpcCode, isGrpcDenial } from '../platform/grpc-errors.ts';
import type { Redis } from '../platform/redis.ts';

const OK = 'ok';
const ANSWER_MS = 800;
/** Probes come every few seconds from several places; the servers are asked once for all of them. */
const KEPT_MS = 2_000;
const NOT_FOUND = 5;
const WORKFLOW_QUEUE = 1;

interface Deps {
  mongodb: MongoConnection;
  temporal: TemporalConnection;
  namespace: string;
  taskQueue: string;
  redis: Redis | undefined;
}

/** What each connection says: "ok", or what is the matter, for whoever runs the service. */
export type Connections = Readonly<Record<string, string>>;

/** Asks the servers that the API uses, each for a moment at most; the answer is kept for 2 s. */
export function createReadiness({ mongodb, temporal, namespace, taskQueue, redis }: Deps) {
  let kept: { at: number; connections: Promise<Connections> } | undefined;

  async function ask(): Promise<Connections> {
    const asked = {
      mongodb: told(async () => {
        await mongodb.db?.command({ ping: 1 }, { timeoutMS: ANSWER_MS });
        return OK;
      }),
      temporal: told(async () => {
        const queue = { namespace, taskQueue: { name: taskQueue }, taskQueueType: WORKFLOW_QUEUE };
        const { pollers } = await temporal.withDeadline(Date.now() + ANSWER_MS, () =>
          temporal.workflowService.describeTaskQueue(queue),
        );
        return pollers?.length ? OK : `no worker polls the task queue ${taskQueue}`;
      }, whyRefused),
      ...(redis && {
        redis: told(async () => {
          await redis.ping();
          return OK;
        }),
      }),
    };
    const answers = Object.entries(asked).map(async ([name, answer]) => [name, await answer]);
    return Object.fromEntries(await Promise.all(answers)) as Connections;
  }

  return async (): Promise<Connections> => {
    const now = performance.now();
    if (kept === undefined || now - kept.at > KEPT_MS) kept = { at: now, connections: ask() };
    return kept.connections;
  };

  function whyRefused(error: unknown): string | undefined {
    if (grpcCode(error) === NOT_FOUND) return `has no namespace ${namespace}`;
    return isGrpcDenial(error) ? 'denies access' : undefined;
  }
}

/** In words that hold no address and no secret. */
async function told(
  question: () => Promise<string>,
  why: (error: unknown) => string | undefined = () => undefined,
): Promise<string> {
  const late = new Promise<string>((resolve) => {
    setTimeout(() => resolve('does not answer'), ANSWER_MS).unref();
  });
  return Promise.race([question(), late]).catch((error) => why(error) ?? 'cannot be reached');
}
