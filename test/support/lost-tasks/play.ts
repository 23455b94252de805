import { setTimeout } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import proto from '@temporalio/proto';
import { createApp } from '../../../src/api/app.ts';
import { ledger } from '../services/services.ts';
import type { Stack } from '../stack.ts';
import type { Completion } from './completions.ts';
import type { Interference } from './interferences.ts';
import type { Losses } from './losses.ts';
import { expectPromisesKept } from './promises.ts';
import type { Situation } from './situation.ts';
import { type Path, TestOrder } from './test-order.ts';

const { WorkflowTaskFailedCause } = proto.temporal.api.enums.v1;

export interface World {
  stack: Stack;
  losses: Losses;
}

interface Loss {
  point: string;
  interference: Interference;
}

/** Longer than any order takes; one that takes longer is stuck for ever. */
const BOUND_MS = 120_000;
const LOOK_EVERY_MS = 150;
const AGAIN_AFTER_MS = 5_000;

/** Plays an order to its end, and checks all that it was promised. */
export async function play(world: World, path: Path, loss?: Loss): Promise<TestOrder> {
  const stack = withPolicy(world.stack, path);
  const order = new TestOrder(stack, path, path.isAlone || loss?.interference.changesWorld);
  const meanwhile = async (lost: Completion) => {
    await loss?.interference.happen?.(order).catch(unlessEnded);
    if (loss?.interference.happen) await failTask(stack, lost);
  };
  world.losses.watch(order.orderId, loss && { point: loss.point, meanwhile });
  await order.place();
  await complete(order);
  return order;
}

/** Brings an order to its end, and checks all that it was promised. */
export async function complete(order: TestOrder): Promise<void> {
  await bringToItsEnd(order);
  await expectPromisesKept(order);
}

export function withPolicy(stack: Stack, { policy }: Path): Stack {
  if (policy === undefined) return stack;
  const deps = { ...stack.deps, policy: { ...stack.deps.policy, ...policy } };
  return { ...stack, deps, app: createApp(deps) };
}

/**
 * Has the server give a workflow task out again at once, as it does itself after an
 * UnhandledCommand. Others, and all activities, are given out again after their time.
 */
async function failTask(stack: Stack, { kind, taskToken }: Completion): Promise<void> {
  if (kind === 'activity') return;
  await stack.client.workflowService.respondWorkflowTaskFailed({
    namespace: stack.client.options.namespace,
    taskToken,
    cause: WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND,
  });
}

async function bringToItsEnd(order: TestOrder): Promise<void> {
  const end = Date.now() + BOUND_MS;
  const done = new Set<Situation>();
  let lastAct = 0;
  for (let rounds = 0; ; ) {
    const { hasEnded, situation } = await look(order);
    if (hasEnded) return;
    if (Date.now() > end) throw new Error(`the order never ends; it is ${situation}`);
    const own = situation && !done.has(situation) ? order.path.on?.[situation] : undefined;
    if (situation && (own || Date.now() - lastAct > AGAIN_AFTER_MS)) {
      done.add(situation);
      lastAct = Date.now();
      await (own ? own(order) : goOn(order, situation, rounds++)).catch(unlessEnded);
    }
    await setTimeout(LOOK_EVERY_MS);
  }
}

async function look(order: TestOrder): Promise<{ hasEnded?: boolean; situation?: Situation }> {
  const description = await order.handle.describe().catch(unlessEnded);
  if (description === undefined) return {};
  if (description.status.name !== 'RUNNING') return { hasEnded: true };
  const { raw, searchAttributes } = description;
  if (searchAttributes.NeedsAttention?.[0] === true) return { situation: 'stuck' };
  if (searchAttributes.OrderStatus?.[0] === 'PAGADO') return { situation: 'paid' };
  const running = raw.pendingActivities?.map(({ activityType }) => activityType?.name);
  if (running?.includes('awaitTransfer')) return { situation: 'pending' };
  return running?.includes('chargePayment') ? { situation: 'charging' } : {};
}

/** All is well again: what is stuck is retried or settled, and what is paid is shipped. */
async function goOn(order: TestOrder, situation: Situation, rounds: number): Promise<void> {
  if (situation === 'paid') await order.act('markShipped', 'update');
  if (situation === 'pending') await order.path.on?.pending?.(order);
  if (situation !== 'stuck') return;
  await order.repair();
  await order.act('retry', 'signal');
  if (rounds === 0) return;
  await order.act('confirmRefund', 'signal');
  // Of two payments, what Payments captured counts.
  const [charge] = await ledger(order.stack, 'payments', order.orderId);
  const transactionId = charge && `${charge.transactionId}`;
  if (transactionId) await order.act('confirmPayment', 'signal', { transactionId });
}

function unlessEnded(error: unknown): undefined {
  if (error instanceof WorkflowNotFoundError) return undefined;
  throw error;
}
