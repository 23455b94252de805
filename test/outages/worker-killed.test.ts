import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../../dev/processes/ports.ts';
import { orderBody, placeOrder, request, ship } from '../support/api/requests.ts';
import { eventually } from '../support/eventually.ts';
import { documents, outcome, untilStatus } from '../support/orders/orders.ts';
import { type OutsideProcess, startOutside } from '../support/programs/outside.ts';
import { fault, ledger, repairAll, types } from '../support/services/services.ts';
import { type Stack, startStack } from '../support/stack.ts';

let stack: Stack;
let worker: OutsideProcess | undefined;
beforeAll(async () => {
  stack = await startStack({ retryMs: 60_000 }, { worker: false, deadlineMs: 5_000 });
});
afterAll(async () => {
  await stack?.stop();
});
afterEach(async () => {
  await worker?.kill();
  worker = undefined;
  await repairAll(stack);
});

async function startWorker(): Promise<OutsideProcess> {
  const { port } = await freePort();
  const env = { ...stack.workerEnv, HEALTH_PORT: `${port}` };
  return startOutside('src/worker.ts', env, `http://127.0.0.1:${port}/readyz`);
}

describe('a worker that is killed', () => {
  it.each([
    ['before the charge took effect', 'payments', 'POST /api/payments', 'before'],
    ['after the charge, before it is known', 'payments', 'POST /api/payments', 'after'],
    [
      'after the reservation, before it is known',
      'inventory',
      'POST /api/inventory/reserve',
      'after',
    ],
  ] as const)(
    '%s leaves an order that is finished by the next, once',
    async (_name, service, route, effect) => {
      worker = await startWorker();
      // The service holds the connection: the worker dies while it waits for the answer.
      await fault(stack, service, { route, kind: 'timeout', effect, latencyMs: 60_000, times: 1 });
      const key = `killed ${effect} ${service}`.replaceAll(' ', '-');
      const placing = request(stack, '/api/orders', {
        method: 'POST',
        body: orderBody(),
        headers: { 'Idempotency-Key': key },
      });
      await eventually(async () => {
        const state = await fetch(`${stack.simulators.urls[service]}/admin/faults`);
        expect(await state.json()).toMatchObject({ faults: [{ fired: 1 }] });
      });
      await worker.kill();
      worker = await startWorker();
      const placed = (await (await placing).json()) as { orderId: string };
      await untilStatus(stack, placed.orderId, 'PAGADO');
      expect(types(await ledger(stack, 'payments', placed.orderId))).toEqual(['charge']);
      expect(types(await ledger(stack, 'inventory', placed.orderId))).toEqual(['reserve']);
      await ship(stack, placed.orderId);
      expect(await outcome(stack, placed.orderId)).toEqual({ status: 'ENVIADO' });
      const { history } = await documents(stack, placed.orderId);
      expect(history.map((row) => row.version)).toEqual([1, 2, 3]);
      expect(await worker.stop()).toBe(0);
    },
  );
});

describe('without any worker', () => {
  it('an order is taken with 202, and proceeds when a worker returns', async () => {
    const response = await placeOrder(stack);
    const { orderId } = (await response.json()) as { orderId: string };
    expect(response.status).toBe(202);
    expect(response.headers.get('Location')).toBe(`/api/orders/${orderId}`);
    expect(response.headers.get('Retry-After')).toBe('2');
    worker = await startWorker();
    await untilStatus(stack, orderId, 'PAGADO');
  });
});
