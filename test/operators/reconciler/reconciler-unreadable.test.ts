import { describe, expect, it } from '@jest/globals';
import { register } from 'prom-client';
import { loadWorkerConfig } from '../../../src/config/config.ts';
import { startWorker } from '../../../src/worker.ts';
import { eventually } from '../../support/eventually.ts';
import {
  caseOf,
  effects,
  quickPolicy,
  reconcile,
  terminate,
  untilPending,
  untilReconciled,
  untilReported,
} from '../../support/operators/reconciler.ts';
import { documents } from '../../support/orders/orders.ts';
import { storedOrders } from '../../support/orders/stored-orders.ts';
import { fault, fired, repairAll } from '../../support/services/services.ts';
import { startStack } from '../../support/stack.ts';
import { useStack } from '../../support/use-stack.ts';

const PAYMENT = 'GET /api/payments/by-key/{key}';
const RESERVATION = 'GET /api/inventory/reserve/{id}';
const RESERVATIONS = 'POST /api/inventory/reserve/lookup';

const stack = useStack();

describe('an order that a service answers oddly for', () => {
  it('is reported until it can be read, and the others are looked at meanwhile', async () => {
    const odd = await untilPending(stack);
    const other = await untilPending(stack);
    await fault(stack, 'payments', {
      route: PAYMENT,
      kind: 'errorBefore',
      status: 500,
      orderId: odd,
    });
    await terminate(stack, odd);
    await terminate(stack, other);
    expect(await untilReconciled(stack, other)).toMatchObject({ repair: ['abandoned'] });
    const { handle, details } = await untilReported(stack, odd, quickPolicy, 'unreadable');
    expect(details).toContain('payments answered 500');
    expect((await documents(stack, odd)).order).toMatchObject({ status: 'CREADO' });

    await repairAll(stack);
    await handle.signal('retry');
    expect(await handle.result()).toEqual({ repair: ['abandoned'], report: ['unreadable'] });
    expect(await effects(stack, 'payments', odd)).toEqual(['charge', 'void']);
  });

  it('is looked at again for as long as it takes, and closed when it agrees', async () => {
    const orderId = await untilPending(stack);
    // Asked about many at once, it answers oddly because of this one, too.
    for (const route of [RESERVATION, RESERVATIONS]) {
      await fault(stack, 'inventory', { route, kind: 'garbage', orderId });
    }
    const policy = { ...quickPolicy, recheckMs: 100, maxEvents: 40 };
    const { handle } = await untilReported(stack, orderId, policy, 'unreadable');
    const before = await handle.describe();
    await eventually(async () => {
      const { runId, status, searchAttributes } = await handle.describe();
      expect(runId).not.toBe(before.runId);
      // A history that grew long went on as a new one, and nobody could see it.
      expect({ status: status.name, searchAttributes }).toMatchObject({
        status: 'RUNNING',
        searchAttributes: { StuckSince: before.searchAttributes.StuckSince },
      });
    });
    await repairAll(stack);
    expect(await handle.result()).toEqual({ repair: [], report: ['unreadable'] });
    expect((await handle.describe()).searchAttributes).toMatchObject({ NeedsAttention: [false] });
  });

  it('can be one whose document is not an order', async () => {
    const [orderId = ''] = await storedOrders(stack.db, 'ana', [
      { createdAt: new Date().toISOString(), status: 'CANCELADO' },
    ]);
    await stack.db.collection('orders').updateOne({ uuid: orderId }, { $set: { currency: 'ZZZ' } });
    const { handle, details } = await untilReported(stack, orderId, quickPolicy, 'unreadable');
    expect(details).toContain('its total is no amount of money');
    await handle.signal('resolve', { by: 'olga' });
    await handle.result();
  });
});

describe('a service that is down as a whole', () => {
  it('opens no case: the run ends, and the next one goes on where it was', async () => {
    await reconcile(stack, quickPolicy, {});
    const orderId = await untilPending(stack);
    await terminate(stack, orderId);
    await fault(stack, 'payments', { route: PAYMENT, kind: 'errorBefore' });
    const hasty = { ...quickPolicy, giveUpMs: 2_000 };
    expect(await reconcile(stack, hasty, {})).toMatchObject({
      suspects: 0,
      isComplete: false,
      stopped: expect.stringContaining('payments answered 503'),
    });
    await expect(caseOf(stack, orderId).describe()).rejects.toThrow();
    await repairAll(stack);
    await eventually(async () => {
      expect(await reconcile(stack, quickPolicy, {})).toMatchObject({ isComplete: true });
    });
    expect(await caseOf(stack, orderId).result()).toMatchObject({ repair: ['abandoned'] });
  });
});

it('the age of the progress is measured from what is stored', async () => {
  const age = async () => {
    const { values = [] } =
      (await register.getSingleMetric('orders_reconciler_progress_age_seconds')?.get()) ?? {};
    return values[0]?.value;
  };
  await reconcile(stack, quickPolicy, {});
  expect(await age()).toBeLessThan(120);
  const closedSince = new Date(Date.now() - 3_600_000).toISOString();
  await stack.db.collection('reconciler').updateOne({}, { $set: { closedSince } });
  expect(await age()).toBeGreaterThanOrEqual(3_600);
  await reconcile(stack, quickPolicy, {});
  expect(await age()).toBeLessThan(120);
});

it('a long review goes on in another worker, after its last page', async () => {
  const own = await startStack({}, { worker: false });
  const env = { ...own.workerEnv, SHUTDOWN_GRACE_MS: '300' };
  try {
    const day = 24 * 3_600_000;
    const createdAt = new Date(Date.now() - day).toISOString();
    await storedOrders(
      own.db,
      'ana',
      Array.from({ length: 40 }, () => ({ createdAt, status: 'CANCELADO' as const })),
    );
    await fault(own, 'inventory', { route: RESERVATIONS, kind: 'latency', latencyMs: 1_500 });
    const since = new Date(Date.now() - day / 2).toISOString();
    const policy = { ...quickPolicy, pageSize: 2, againMs: [day] };

    const first = await startWorker(loadWorkerConfig(env));
    const run = reconcile(own, policy, { since });
    await eventually(async () => expect(await fired(own, 'inventory')).toBeGreaterThan(8));
    await first.stop();
    // It has not waited for the end of the review.
    const asked = await fired(own, 'inventory');
    expect(asked).toBeLessThan(20);

    const second = await startWorker(loadWorkerConfig(env));
    try {
      expect(await run).toMatchObject({ looked: 40, suspects: 0 });
      // All over again would be twenty pages.
      expect((await fired(own, 'inventory')) - asked).toBeLessThan(15);
    } finally {
      await second.stop();
    }
  } finally {
    await own.stop();
  }
});
