import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { orderIdOf } from '../../../src/contract/order.ts';
import { actionQuery, stuckQuery } from '../../../src/visibility/stuck-query.ts';
import { request } from '../../support/api/requests.ts';
import { eventually } from '../../support/eventually.ts';
import { everyKind, remove, type StuckKind, unpause } from '../../support/operators/stuck-kinds.ts';
import {
  openStuckOrders,
  type StuckOrdersPage,
} from '../../support/operators/stuck-orders-page.ts';
import { untilStatus } from '../../support/orders/orders.ts';
import { repairAll } from '../../support/services/services.ts';
import { type Stack, startStack } from '../../support/stack.ts';

let stack: Stack;
let page: StuckOrdersPage;
let kinds: Awaited<ReturnType<typeof everyKind>>;
beforeAll(async () => {
  stack = await startStack();
  kinds = await everyKind(stack);
  page = await openStuckOrders(stack);
}, 240_000);
afterAll(async () => {
  await page?.handle.terminate();
  if (kinds !== undefined) await remove(stack, kinds.failing.workflowId);
  await stack?.stop();
}, 60_000);

type Listed = StuckKind & { orderId?: string };

async function listed(query = ''): Promise<{ orders: Listed[]; total: number }> {
  const path = `/api/admin/orders/stuck${query}`;
  const response = await request(stack, path, { sub: 'olga', role: 'admin' });
  expect(response.status).toBe(200);
  return (await response.json()) as { orders: Listed[]; total: number };
}

async function found(query: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const { workflowId } of stack.client.workflow.list({ query })) ids.push(workflowId);
  return ids.sort();
}

const idsOf = (list: readonly { workflowId: string }[]) =>
  list.map(({ workflowId }) => workflowId).sort();

describe('every kind of stuck workflow', () => {
  it('is in the list of the API, as what it is, and counted', async () => {
    const all = Object.values(kinds);
    const { orders } = await eventually(async () => {
      const page = await listed();
      expect(page.total).toBe(all.length);
      return page;
    });
    expect(idsOf(orders)).toEqual(idsOf(all));
    for (const { workflowId, step, isPaused, isFailing } of all) {
      const order = orders.find((one) => one.workflowId === workflowId);
      expect(order).toMatchObject({ step, isPaused, isFailing });
      const orderId = orderIdOf(workflowId);
      if (orderId !== undefined) expect(order).toMatchObject({ orderId });
    }
  });

  it('is found by the filter of its step', async () => {
    for (const step of new Set(Object.values(kinds).map((kind) => kind.step))) {
      const expected = Object.values(kinds).filter((kind) => kind.step === step);
      const { orders, total } = await listed(`?failedStep=${step}`);
      expect([step, idsOf(orders), total]).toEqual([step, idsOf(expected), expected.length]);
    }
  });

  it('is on the page of the stuck orders', async () => {
    const details = await eventually(async () => {
      const text = await page.details();
      expect(text).toContain('# 8 stuck');
      return text;
    });
    for (const { workflowId, isPaused, isFailing } of Object.values(kinds)) {
      const line = details.split('\n').find((one) => one.includes(`/${workflowId})`));
      expect(line).toBeDefined();
      expect(line?.includes('paused')).toBe(isPaused);
      expect(line?.includes('workflow task fails')).toBe(isFailing);
    }
    for (const heading of [
      '## 3 at `chargePayment`',
      '## 2 at `voidPayment`',
      '## 1 at `reconcile`',
      '## 1 at `code`: `workflow_task`',
      '## 1 at `paused`: `workflow_paused`',
    ]) {
      // Those at one step may have failed in different ways.
      const [, count = '', step = ''] = /## (\d+) at (`\w+`)/.exec(heading) ?? [];
      const counts = [...details.matchAll(/^## (\d+) at (`\w+`)/gm)]
        .filter((match) => match[2] === step)
        .map((match) => Number(match[1]));
      expect([step, counts.reduce((sum, one) => sum + one, 0)]).toEqual([step, Number(count)]);
    }
  });

  it('is found by the query that operators are given', async () => {
    const query =
      'ExecutionStatus = "Paused" OR (ExecutionStatus = "Running" AND (NeedsAttention = true OR TemporalReportedProblems IS NOT NULL OR TemporalPauseInfo IS NOT NULL))';
    const { taskQueue } = stack;
    const all = idsOf(Object.values(kinds));
    expect(await found(`TaskQueue = "${taskQueue}" AND (${query})`)).toEqual(all);
    expect(await found(stuckQuery(taskQueue))).toEqual(all);
  });

  it('is moved by an action on all if a signal can move it', async () => {
    const { order, compensation, imported, repair, pausedOrder } = kinds;
    const waiting = [order, compensation, imported, pausedOrder];
    const { taskQueue } = stack;
    expect(await found(actionQuery(taskQueue, 'cancelOrder', {}))).toEqual(idsOf(waiting));
    expect(await found(actionQuery(taskQueue, 'retry', {}))).toEqual(idsOf([...waiting, repair]));
    expect(await found(actionQuery(taskQueue, 'retry', { failedStep: 'voidPayment' }))).toEqual(
      idsOf([compensation, repair]),
    );

    await repairAll(stack);
    // An imported order waits for a person, and what is paused takes its signal later.
    expect(await page.move('retryStuck', { by: 'olga' })).toEqual({
      ...{ matched: 5, signalled: 5, stillStuck: 2 },
    });
    await unpause(stack, `${orderIdOf(pausedOrder.workflowId)}`);
    await untilStatus(stack, `${orderIdOf(pausedOrder.workflowId)}`, 'PAGADO');
    await untilStatus(stack, `${orderIdOf(order.workflowId)}`, 'PAGADO');
  });
});
