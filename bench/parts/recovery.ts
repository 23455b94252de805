import type { Client } from '@temporalio/client';
import { signalGroup } from '../../dev/processes/process-group.ts';
import { orderWorkflowId } from '../../src/contract/order.ts';
import { type BenchOrder, placeOrders } from '../load.ts';
import type { PaidOrders } from '../paid-orders.ts';
import { type BenchContext, startProgram } from '../stack/programs.ts';
import type { BenchSubject } from '../stack/stack.ts';

/** One kill of the worker: milliseconds from the moment its successor was started, at once. */
export interface Recovery {
  interrupted: number;
  /** The successor is ready. */
  ready: number;
  /** The last of the interrupted orders has gone on: its history has an event of the successor. */
  resumed: number;
  /** The first and the last of the interrupted orders are paid. */
  first: number;
  last: number;
}

/** What the killed worker had done already may be seen a moment after its end. */
const NOTICE_MS = 100;

interface RecoveryOptions {
  temporal: Client;
  count: number;
  concurrency: number;
  subject: BenchSubject;
  paid: PaidOrders;
}

/** Kills the worker (-9) in mid-load, starts it again at once, and looks at what was in flight. */
export async function killInMidLoad(
  context: BenchContext,
  { temporal, count, concurrency, subject, paid }: RecoveryOptions,
): Promise<Recovery> {
  let restart: Promise<{ killedAt: number; readyAt: number }> | undefined;
  const killAt = Math.max(1, Math.floor(count / 3));
  const placed = await placeOrders({
    count,
    concurrency,
    place: subject.place,
    paidAt: (orderId) => paid.paidAt(orderId),
    onPlaced: (orders) => {
      if (orders >= killAt) restart ??= killAndRestart(context, subject);
    },
  });
  if (restart === undefined) throw new Error('the worker was not killed');
  return recoveryOf(temporal, placed, await restart);
}

async function killAndRestart(context: BenchContext, { worker }: BenchSubject) {
  const { pid, exited } = context.processes.named(worker.name);
  if (pid !== undefined) signalGroup(pid, 'SIGKILL');
  await exited;
  const killedAt = performance.now();
  await startProgram(context, worker);
  return { killedAt, readyAt: performance.now() };
}

async function recoveryOf(
  temporal: Client,
  placed: readonly BenchOrder[],
  { killedAt, readyAt }: { killedAt: number; readyAt: number },
): Promise<Recovery> {
  const interrupted = placed.filter(
    ({ sentAt, paidAt }) => sentAt < killedAt && paidAt > killedAt + NOTICE_MS,
  );
  const killedAtTime = performance.timeOrigin + killedAt;
  const resumed = await Promise.all(
    interrupted.map(({ orderId }) => firstStartAfter(temporal, orderId, killedAtTime + NOTICE_MS)),
  );
  const paid = interrupted.map(({ paidAt }) => paidAt - killedAt);
  return {
    interrupted: interrupted.length,
    ready: readyAt - killedAt,
    resumed: Math.max(...resumed) - killedAtTime,
    first: Math.min(...paid),
    last: Math.max(...paid),
  };
}

/** When a worker first took a task of the order again; servers and bench share a clock. */
async function firstStartAfter(temporal: Client, orderId: string, since: number): Promise<number> {
  const history = await temporal.workflow.getHandle(orderWorkflowId(orderId)).fetchHistory();
  const starts = (history.events ?? [])
    .filter((event) => event.workflowTaskStartedEventAttributes)
    .map(({ eventTime }) => Number(eventTime?.seconds) * 1000 + Number(eventTime?.nanos) / 1e6)
    .filter((at) => at > since);
  return Math.min(...starts);
}
