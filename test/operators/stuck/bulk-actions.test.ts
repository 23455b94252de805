import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { bulkActionStart } from '../../../src/contract/bulk-action.ts';
import { eventually } from '../../support/eventually.ts';
import {
  beginRetry,
  manyStuckAtCharge,
  suspendedRetry,
  untilBulkSays,
} from '../../support/operators/bulk-actions.ts';
import { handleOf } from '../../support/operators/operators.ts';
import { detailsOf, openStuckOrders } from '../../support/operators/stuck-orders-page.ts';
import { untilStatus } from '../../support/orders/orders.ts';
import { ledger, repairAll, types } from '../../support/services/services.ts';
import { type Stack, startStack } from '../../support/stack.ts';

jest.setTimeout(180_000);

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(async () => {
  await stack?.stop();
});
afterEach(async () => {
  await repairAll(stack);
});

const handle = (workflowId: string) => stack.client.workflow.getHandle(workflowId);
const steer = (workflowId: string, name: string, input = {}) =>
  handle(workflowId).executeUpdate(name, { args: [input] });

async function arePaidOnce(ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    await untilStatus(stack, id, 'PAGADO');
    expect(types(await ledger(stack, 'payments', id))).toEqual(['charge']);
  }
}

async function signalsOf(orderId: string): Promise<number> {
  const { events } = await handleOf(stack, orderId).fetchHistory();
  return (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes).length;
}

const signalled = async (ids: readonly string[]) =>
  (await Promise.all(ids.map(signalsOf))).reduce((sum, count) => sum + count, 0);

describe('an action on many stuck orders', () => {
  it('tries a few first, suspends itself when they fail again, and goes on when it is resumed', async () => {
    const { ids, repair, workflowId } = await suspendedRetry(stack);
    expect(await signalled(ids)).toBe(2);
    const page = await openStuckOrders(stack);
    await eventually(async () => {
      const details = await page.details();
      expect(details).toContain('## Under way');
      expect(details).toContain(`(/namespaces/default/workflows/${workflowId})`);
      expect(details).toContain('suspended by itself: 2 of the last 2 are still stuck');
    });
    await repair();
    await steer(workflowId, 'resume', { by: 'olga' });
    expect(await handle(workflowId).result()).toEqual({ matched: 6, signalled: 6, stillStuck: 0 });
    await arePaidOnce(ids);
    await eventually(async () => {
      const done = (await page.details()).split('## Done last')[1];
      expect(done).toMatch(/retryStuck by olga \(chargePayment\): 6 matched, 6 signalled, 0 still/);
    });
    await page.handle.terminate();
  });

  it('passes over those that fail whenever they are tried', async () => {
    const { workflowId } = await suspendedRetry(stack);
    await eventually(async () => {
      await steer(workflowId, 'resume');
      expect(await detailsOf(stack, workflowId)).toContain('4 matched of 6');
    }, 50_000);
    await repairAll(stack);
    await steer(workflowId, 'resume');
    expect(await handle(workflowId).result()).toMatchObject({ matched: 6 });
    const cancelled = await openStuckOrders(stack);
    expect(await cancelled.move('cancelStuck')).toMatchObject({ stillStuck: 0 });
    await cancelled.handle.terminate();
  });

  it('waits while a person has suspended it, and ends where a person stops it', async () => {
    const { ids, repair } = await manyStuckAtCharge(stack, 6);
    await repair();
    const workflowId = await beginRetry(stack, { first: 1, most: 1 }, 1);
    await untilBulkSays(stack, workflowId, /[1-3] matched of 6/);
    await steer(workflowId, 'suspend', { by: 'olga', note: 'they are working on it' });
    await untilBulkSays(
      stack,
      workflowId,
      /suspended by olga, "they are working on it", [1-4] matched of 6/,
    );
    const told = await signalled(ids);
    await steer(workflowId, 'resume', { perSecond: 0.5 });
    await untilBulkSays(stack, workflowId, 'At most 0.5 a second');
    await untilBulkSays(stack, workflowId, new RegExp(`under way, [${told + 1}-5] matched`));
    await steer(workflowId, 'stop', { by: 'olga' });
    const { matched } = (await handle(workflowId).result()) as { matched: number };
    expect(matched).toBeLessThan(6);
    expect(await signalled(ids)).toBe(matched);
    // The others are as they were, and an action of the same name begins anew.
    const again = await beginRetry(stack, {});
    expect(again).toBe(workflowId);
    expect(await handle(again).result()).toMatchObject({ matched: 6 - matched, stillStuck: 0 });
    await arePaidOnce(ids);
  });

  it('continues as new, and knows how far it was', async () => {
    const { ids, repair } = await manyStuckAtCharge(stack, 6);
    await repair();
    const workflowId = await beginRetry(stack, { first: 1, most: 2, maxEvents: 5 });
    const { runId } = await handle(workflowId).describe();
    expect(await handle(workflowId).result()).toEqual({ matched: 6, signalled: 6, stillStuck: 0 });
    expect((await handle(workflowId).describe()).runId).not.toBe(runId);
    await arePaidOnce(ids);
  });

  it('ends where its cancellation is requested', async () => {
    const { ids, workflowId, repair } = await suspendedRetry(stack);
    await handle(workflowId).cancel();
    expect(await handle(workflowId).result()).toEqual({ matched: 0, signalled: 0, stillStuck: 0 });
    await repair();
    await handle(await beginRetry(stack, {})).result();
    await arePaidOnce(ids);
  });

  it('is another one for another group, and the same one for the same', () => {
    const input = { action: 'retryStuck', by: 'olga' } as const;
    const idOf = (more: object) => bulkActionStart('orders', { ...input, ...more }).workflowId;
    expect(idOf({})).toBe('bulk-retry-orders-all-all');
    expect(idOf({ by: 'luis' })).toBe(idOf({}));
    const others = [
      { failedStep: 'voidPayment' },
      { failureType: 'timeout' },
      { action: 'cancelStuck' },
    ];
    expect(new Set([{}, ...others].map(idOf)).size).toBe(4);
  });

  it('refuses what it does not understand, and notes that of a signal', async () => {
    const { workflowId, repair, ids } = await suspendedRetry(stack);
    for (const input of [
      { perSecond: 0 },
      { perSecond: '20' },
      { perSecond: 5_000 },
      { who: 'me' },
    ]) {
      const refused: Error = await steer(workflowId, 'resume', input).then(
        () => new Error('taken'),
        (error) => error,
      );
      expect(refused).toBeInstanceOf(WorkflowUpdateFailedError);
      expect(refused.cause).toMatchObject({ type: 'validation_failed' });
    }
    await handle(workflowId).signal('resume', { perSecond: -1 });
    await untilBulkSays(
      stack,
      workflowId,
      'resume was ignored: The input perSecond must be a number',
    );
    await repair();
    await steer(workflowId, 'resume');
    await handle(workflowId).result();
    await arePaidOnce(ids);
  });
});
