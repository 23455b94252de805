import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadWorkerConfig } from '../../src/config/config.ts';
import { type OperatorAction, operatorActions } from '../../src/contract/order.ts';
import { startWorker } from '../../src/worker.ts';
import { eventually } from '../support/eventually.ts';
import { startGrpcProxy } from '../support/lost-tasks/grpc-proxy.ts';
import { type Interference, interferences } from '../support/lost-tasks/interferences.ts';
import { Losses } from '../support/lost-tasks/losses.ts';
import { paths } from '../support/lost-tasks/paths.ts';
import { complete, play, type World } from '../support/lost-tasks/play.ts';
import { type Path, TestOrder } from '../support/lost-tasks/test-order.ts';
import { documents } from '../support/orders/orders.ts';
import { startStack } from '../support/stack.ts';

/** "all", or a pattern for the names of cases; a part of them without it. */
const chosen = process.env.LOST_TASKS;
const AT_ONCE = 24;

let world: World;
const opened: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  const stack = await startStack({ retryMs: 20_000 }, { worker: false });
  opened.push(() => stack.stop());
  const losses = new Losses();
  const proxy = await startGrpcProxy(stack.workerEnv.TEMPORAL_ADDRESS, losses.judges);
  opened.push(() => proxy.close());
  const env = { ...stack.workerEnv, TEMPORAL_ADDRESS: proxy.address };
  const worker = await startWorker(loadWorkerConfig(env));
  opened.push(() => worker.stop());
  world = { stack, losses };
});
afterAll(async () => {
  for (let close = opened.pop(); close !== undefined; close = opened.pop()) await close();
}, 600_000);

/** A part of all, for `npm test`: the path that most orders go. */
const played =
  chosen === undefined ? paths.filter(({ name }) => name === 'paid and shipped') : paths;

describe('whatever task of an order is lost, and whatever happens before it is done again', () => {
  it.each(played)(
    'all promises are kept: $name',
    async (path) => {
      const points = await pointsOf(path);
      const cases = points.flatMap((point) =>
        interferences
          .map((interference) => ({ point, interference }))
          .filter((one) => isChosen(path, one)),
      );
      const failures: string[] = [];
      await inTurn(cases, async (one) => {
        const error = await failureOf(path, one);
        if (error === undefined) return;
        failures.push(`${nameOf(path, one)}\n${error}`);
        // A full run is long: whoever watches it sees at once what fails.
        process.stderr.write(`${failures.at(-1)}\n`);
      });
      process.stderr.write(
        `${path.name}: ${points.length} points, ${cases.length} cases, ${failures.length} failed\n`,
      );
      if (failures.length > 0) throw new Error(failures.join('\n\n'));
    },
    3_600_000,
  );
});

describe('what arrives before the first workflow task', () => {
  const actions = Object.keys(operatorActions) as OperatorAction[];
  const path: Path = { name: 'without a worker' };

  it('is acted on, or refused, and no order is stuck for it', async () => {
    const stack = await startStack({}, { worker: false, deadlineMs: 60_000 });
    opened.push(() => stack.stop());
    const sent = actions.flatMap((action) =>
      (['signal', 'update'] as const).map((way) => {
        return { action, way, order: new TestOrder(stack, path) };
      }),
    );
    for (const { action, way, order } of sent) {
      await order.place();
      await eventually(() => order.handle.describe());
      await order.act(action, way);
    }
    const worker = await startWorker(loadWorkerConfig(stack.workerEnv));
    opened.push(() => worker.stop());
    for (const { action, way, order } of sent) {
      const failure = await complete(order).catch((error: Error) => error.message);
      const ended = (await documents(stack, order.orderId)).order?.status ?? 'refused';
      expect({ action, way, failure, ended }).toEqual({
        ...{ action, way, failure: undefined },
        ended: action === 'cancelOrder' ? expect.stringMatching(/CANCELADO|refused/) : 'ENVIADO',
      });
    }
  }, 180_000);
});

interface Case {
  point: string;
  interference: Interference;
}

const nameOf = (path: Path, { point, interference }: Case) =>
  `${path.name}; ${point}; ${interference.name}`;

function isChosen(path: Path, one: Case): boolean {
  if (chosen === 'all') return true;
  if (chosen !== undefined) return new RegExp(chosen).test(nameOf(path, one));
  return (
    path.name === 'paid and shipped' && /nothing|cancelOrder|price/.test(one.interference.name)
  );
}

/** The points that an order passes when nothing is lost. */
async function pointsOf(path: Path): Promise<string[]> {
  const { orderId } = await play(world, path);
  // A poll that finds nothing has no effect; of other failures the first stands for all.
  const isRepeated = (point: string) => /failure of (.* \(\d+\)$|.*Transfer)/.test(point);
  return world.losses.points(orderId).filter((point) => !isRepeated(point));
}

const TRIES = 3;

/** Plays a case; how far one completion brings an order may differ, so it may miss its point. */
async function failureOf(path: Path, one: Case): Promise<string | undefined> {
  try {
    for (let tries = 0; tries < TRIES; tries++) {
      const { orderId } = await play(world, path, one);
      if (world.losses.hasFired(orderId)) return undefined;
    }
    return 'the point was never reached';
  } catch (error) {
    const { message, cause } = error as Error;
    return cause === undefined ? message : `${message}: ${cause}`;
  }
}

async function inTurn<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
    }),
  );
}
