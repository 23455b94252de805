import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { orderWorkflowId } from '../../src/contract/order.ts';
import { ship } from '../support/api/requests.ts';
import { eventually } from '../support/eventually.ts';
import { refuseWrites } from '../support/mongodb/refuse-writes.ts';
import { signal, update } from '../support/operators/operators.ts';
import { placeMany } from '../support/operators/stuck-orders-page.ts';
import { documents, outcome, placed, untilStatus } from '../support/orders/orders.ts';
import { fault, ledger, repairAll, types } from '../support/services/services.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** How often shipping and cancelling race; with more, the outcome is told. */
const RACES = Number(process.env.RACES ?? 50);

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ retryMs: 60_000 });
});
afterAll(
  async () => {
    await stack?.stop();
  },
  60_000 + RACES * 300,
);
afterEach(async () => {
  await repairAll(stack);
});

async function expectCompensated(orderId: string, payments: string[]) {
  expect(await outcome(stack, orderId)).toMatchObject({ status: 'CANCELADO' });
  expect(types(await ledger(stack, 'payments', orderId))).toEqual(payments);
  expect(types(await ledger(stack, 'inventory', orderId))).toEqual(['reserve', 'release']);
  const { order, history } = await documents(stack, orderId);
  expect(order).toMatchObject({ status: 'CANCELADO', version: history.length });
}

describe('an order that is cancelled', () => {
  it('after it was paid gets its money and its stock back', async () => {
    const { orderId } = await placed(stack);
    await untilStatus(stack, orderId, 'PAGADO');
    expect(await update(stack, orderId, 'cancelOrder', { by: 'ana', reason: 'too late' })).toBe(
      'done',
    );
    await expectCompensated(orderId, ['charge', 'refund']);
    const { order, payments } = await documents(stack, orderId);
    expect(order?.cancellation).toEqual({ by: 'ana', reason: 'too late' });
    expect(payments).toMatchObject([{ paymentStatus: 'refunded' }]);
    await eventually(async () => {
      const ids = (await stack.events.of(orderId)).map(({ id }) => id.slice(orderId.length));
      expect(ids).toEqual([
        ':1:order.created',
        ':2:order.paid',
        ':2:order.status_changed',
        ':3:order.status_changed',
      ]);
    });
  });

  it('while it is charged is not left with a charge that lands', async () => {
    await fault(stack, 'payments', {
      route: 'POST /api/payments',
      kind: 'latency',
      latencyMs: 1500,
    });
    const { orderId } = await placed(stack);
    const done = update(stack, orderId, 'cancelOrder');
    expect(await done).toBe('done');
    await expectCompensated(orderId, ['charge', 'refund']);
  });

  it('while it is charged and the card is declined has nothing to refund', async () => {
    await fault(stack, 'payments', {
      route: 'POST /api/payments',
      kind: 'latency',
      latencyMs: 1500,
    });
    const { orderId } = await placed(stack, { paymentToken: 'tok_declined' });
    expect(await update(stack, orderId, 'cancelOrder')).toBe('done');
    await expectCompensated(orderId, ['decline']);
    expect(await documents(stack, orderId)).toMatchObject({
      payments: [{ paymentStatus: 'failed' }],
    });
  });

  it('while the outcome of its charge is unknown has that resolved first', async () => {
    await fault(stack, 'payments', { route: 'POST /api/payments', kind: 'errorAfter' });
    const { orderId } = await placed(stack);
    await eventually(async () => {
      expect(await documents(stack, orderId)).toMatchObject({
        payments: [{ paymentStatus: 'unknown' }],
      });
    });
    expect(await update(stack, orderId, 'cancelOrder')).toBe('done');
    await expectCompensated(orderId, ['charge', 'refund']);
  });

  it('by a cancellation in the Web UI is undone like any other', async () => {
    const { orderId } = await placed(stack);
    await untilStatus(stack, orderId, 'PAGADO');
    await stack.client.workflow.getHandle(orderWorkflowId(orderId)).cancel();
    await expectCompensated(orderId, ['charge', 'refund']);
    const { order } = await documents(stack, orderId);
    expect(order?.cancellation).toMatchObject({ by: 'operator (Web UI)' });
  });

  it('twice at once is cancelled once, and both have their answer', async () => {
    const { orderId } = await placed(stack);
    await untilStatus(stack, orderId, 'PAGADO');
    const answers = await Promise.all([1, 2].map(() => update(stack, orderId, 'cancelOrder')));
    expect(answers).toEqual(['done', 'done']);
    await expectCompensated(orderId, ['charge', 'refund']);
  });
});

describe('shipping and cancelling at once', () => {
  it(
    'is won by one of them, and the other is told',
    async () => {
      const outcomes: string[] = [];
      while (outcomes.length < RACES) {
        const ids = await placeMany(stack, Math.min(10, RACES - outcomes.length));
        outcomes.push(...(await Promise.all(ids.map(race))));
      }
      const wonBy = (status: string) => outcomes.filter((one) => one === status).length;
      if (RACES > 50)
        process.stderr.write(`ENVIADO ${wonBy('ENVIADO')}, CANCELADO ${wonBy('CANCELADO')}\n`);
      expect(wonBy('ENVIADO') + wonBy('CANCELADO')).toBe(RACES);
    },
    60_000 + RACES * 1_000,
  );

  /** Ships and cancels an order in the same moment, and answers how it ended. */
  async function race(orderId: string, index: number): Promise<string> {
    await untilStatus(stack, orderId, 'PAGADO');
    const both = [
      async () => (await update(stack, orderId, 'markShipped')) === 'done',
      async () => (await update(stack, orderId, 'cancelOrder')) === 'done',
    ];
    const order = index % 2 === 0 ? both : both.reverse();
    const results = await Promise.all(order.map((act) => act()));
    const [shipped, cancelled] = index % 2 === 0 ? results : results.reverse();
    const { status } = (await outcome(stack, orderId)) as { status: string };
    expect([shipped, cancelled]).toEqual([status === 'ENVIADO', status === 'CANCELADO']);
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(
      shipped ? ['charge'] : ['charge', 'refund'],
    );
    return status;
  }

  it('refuses to cancel while the shipping is being written', async () => {
    const { orderId } = await placed(stack);
    await untilStatus(stack, orderId, 'PAGADO');
    const repair = await refuseWrites(stack, 'orderstatushistory');
    try {
      await signal(stack, orderId, 'markShipped', { by: 'olga' });
      expect(await update(stack, orderId, 'cancelOrder')).toBe('illegal_transition');
    } finally {
      await repair();
    }
    expect(await outcome(stack, orderId)).toEqual({ status: 'ENVIADO' });
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge']);
  });

  it('leaves a shipped order shipped', async () => {
    const { orderId } = await placed(stack);
    await untilStatus(stack, orderId, 'PAGADO');
    await ship(stack, orderId);
    await outcome(stack, orderId);
    await expect(signal(stack, orderId, 'cancelOrder')).rejects.toThrow(/completed/);
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge']);
  });
});
