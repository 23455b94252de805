import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { bulkSignal } from '../../../src/contract/stuck-orders.ts';
import { eventually } from '../../support/eventually.ts';
import {
  linkTo,
  openStuckOrders,
  placeMany,
  type StuckOrdersPage,
  untilQuiet,
} from '../../support/operators/stuck-orders-page.ts';
import { documents, outcome, placed, untilStatus } from '../../support/orders/orders.ts';
import { fault, ledger, repairAll, types } from '../../support/services/services.ts';
import { type Stack, startStack } from '../../support/stack.ts';

let stack: Stack;
let page: StuckOrdersPage;
beforeAll(async () => {
  stack = await startStack();
  page = await openStuckOrders(stack);
});
afterAll(async () => {
  await page?.handle.terminate();
  await stack?.stop();
});
afterEach(async () => {
  await repairAll(stack);
});

const CHARGE = 'POST /api/payments';
const VOID = 'POST /api/payments/by-key/{key}/void';

async function untilShown(text: string | RegExp): Promise<string> {
  return eventually(async () => {
    const details = await page.details();
    expect(details).toMatch(text);
    return details;
  });
}

describe('the page of the stuck orders', () => {
  it('says that nothing is stuck, and moves nothing', async () => {
    await untilShown('# Nothing is stuck');
    expect(await page.move('retryStuck')).toEqual({ matched: 0, signalled: 0, stillStuck: 0 });
  });

  it('lists fifty stuck orders, and has all of them charged once by one update', async () => {
    const repair = await fault(stack, 'payments', { route: CHARGE, kind: 'errorBefore' });
    const ids = await placeMany(stack, 50);
    const details = await untilShown('# 50 stuck');
    expect(details).toMatch(/## \d+ at `chargePayment`: `payments_\w+`/);
    expect(details).toMatch(/… and \d+ younger ones/);
    const links = ids.filter((id) => details.includes(linkTo(id)));
    expect(links.length).toBeGreaterThanOrEqual(10);

    await untilQuiet(stack);
    await repair();
    const moved = await page.move('retryStuck', { by: 'olga', note: 'payments is back' });
    // An order that met an open breaker tries again so soon that it may be faster than the signal.
    expect(moved.matched).toBeGreaterThan(40);
    expect(moved).toMatchObject({ signalled: moved.matched, stillStuck: 0 });
    const comments: string[] = [];
    for (const id of ids) {
      await untilStatus(stack, id, 'PAGADO');
      expect(types(await ledger(stack, 'payments', id))).toEqual(['charge']);
      const { history } = await documents(stack, id);
      comments.push(...history.map((row) => `${row.createdBy}: ${row.comment}`));
    }
    expect(comments).toContain('olga: retry');
    const after = await untilShown('# Nothing is stuck');
    expect(after).toContain(
      `${moved.matched} matched, ${moved.signalled} signalled, 0 still stuck`,
    );
  });

  it('names the customer, the amount and the sum at stake', async () => {
    const repair = await fault(stack, 'payments', { route: CHARGE, kind: 'errorBefore' });
    const [first, second] = [await placed(stack), await placed(stack)];
    const details = await untilShown('# 2 stuck');
    // Those at one step may have failed in different ways.
    const sums = [...details.matchAll(/^Together ([\d.]+) EUR\.$/gm)].map(([, sum]) => Number(sum));
    expect(sums.reduce((all, sum) => all + sum, 0)).toBeCloseTo(79.96);
    for (const { orderId, orderNumber } of [first, second]) {
      const line = details.split('\n').find((one) => one.includes(linkTo(orderId)));
      expect(line).toContain(`[${orderNumber}]`);
      expect(line).toContain('customer `ana`, 39.98 EUR, since');
    }
    await repair();
    await page.move('retryStuck');
    for (const { orderId } of [first, second]) await untilStatus(stack, orderId, 'PAGADO');
    await untilShown('# Nothing is stuck');
  });

  it('says how many are still stuck when the retry helps nothing', async () => {
    await fault(stack, 'payments', { route: CHARGE, kind: 'errorBefore' });
    await placeMany(stack, 3);
    await untilShown('# 3 stuck');
    const both = await Promise.all([page.move('retryStuck'), page.move('retryStuck')]);
    expect(both).toEqual(Array(2).fill({ matched: 3, signalled: 3, stillStuck: 3 }));
    await repairAll(stack);
    expect(await page.move('cancelStuck')).toMatchObject({ matched: 3, stillStuck: 0 });
  });

  it('cancels the orders of one failed step, and leaves the others', async () => {
    const paid = await placed(stack);
    await untilStatus(stack, paid.orderId, 'PAGADO');
    await fault(stack, 'payments', { route: VOID, kind: 'errorBefore', orderId: paid.orderId });
    await stack.client.workflow.getHandle(`order-${paid.orderId}`).signal('cancelOrder');
    const repair = await fault(stack, 'payments', { route: CHARGE, kind: 'errorBefore' });
    const ids = await placeMany(stack, 5);
    expect(await untilShown('# 6 stuck')).toContain('## 1 at `voidPayment`');

    const order = { failedStep: 'chargePayment', by: 'olga', note: 'too late' };
    expect(await page.move('cancelStuck', order)).toEqual({
      matched: 5,
      signalled: 5,
      stillStuck: 0,
    });
    for (const id of ids) {
      expect(await outcome(stack, id)).toMatchObject({ status: 'CANCELADO' });
      expect(await documents(stack, id)).toMatchObject({
        order: { cancellation: { by: 'olga', reason: 'cancelled on request' } },
      });
      expect(types(await ledger(stack, 'inventory', id))).toEqual(['reserve', 'release']);
    }
    await untilShown('# 1 stuck');
    await repair();
    await repairAll(stack);
    await page.handle.signal('retryStuck');
    await outcome(stack, paid.orderId);
    await untilShown(/retryStuck by operator \(Web UI\) \(everywhere\): 1 matched, 1 signalled/);
  });

  it('continues as new when its history grows, and still knows what was done', async () => {
    const short = await openStuckOrders(stack, { busyMs: 100, maxEvents: 60 });
    const { runId } = await short.handle.describe();
    await fault(stack, 'payments', { route: CHARGE, kind: 'errorBefore' });
    await placeMany(stack, 1);
    await untilShown('# 1 stuck');
    expect(await short.move('retryStuck', { by: 'olga' })).toMatchObject({ stillStuck: 1 });
    await eventually(async () => {
      expect((await short.handle.describe()).runId).not.toBe(runId);
      expect(await short.details()).toContain('1 matched, 1 signalled, 1 still stuck');
    });
    await short.handle.terminate();
    await repairAll(stack);
    expect(await page.move('retryStuck')).toMatchObject({ matched: 1, stillStuck: 0 });
  });

  it('does not end when its cancellation is requested, nor ends what it does', async () => {
    await fault(stack, 'payments', { route: CHARGE, kind: 'errorBefore' });
    await placeMany(stack, 3);
    await untilShown('# 3 stuck');
    const moving = page.move('retryStuck', { by: 'olga' });
    await untilShown(/## Under way[^#]*retryStuck by olga/);
    await page.handle.cancel();
    await untilShown('a cancellation was requested, and ignored');
    expect(await moving).toEqual({ matched: 3, signalled: 3, stillStuck: 3 });
    expect((await page.handle.describe()).status.name).toBe('RUNNING');
    await repairAll(stack);
    expect(await page.move('retryStuck')).toMatchObject({ matched: 3, stillStuck: 0 });
    await untilShown('# Nothing is stuck');
  });

  it('refuses bad input of an update, and ignores and notes that of a signal', async () => {
    const wrong = [{ failedStep: 'charge' }, { failureType: '" OR 1=1' }, { who: 'me' }, [], 3];
    for (const input of wrong) {
      const refused = await page.move('retryStuck', input as never).catch((error) => error);
      expect(refused).toBeInstanceOf(WorkflowUpdateFailedError);
      expect(refused.cause).toMatchObject({
        type: 'validation_failed',
        message: expect.stringMatching(/^The input /),
      });
    }
    await page.handle.signal(bulkSignal('cancelStuck'), { failedStep: 'charge' });
    await untilShown(
      'signal cancelStuck was ignored: The input names a failedStep that does not exist',
    );
  });
});
