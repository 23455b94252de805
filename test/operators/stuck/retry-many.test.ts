import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request } from '../../support/api/requests.ts';
import { eventually } from '../../support/eventually.ts';
import { placeMany, untilQuiet } from '../../support/operators/stuck-orders-page.ts';
import { untilStatus } from '../../support/orders/orders.ts';
import { fault, ledger, types } from '../../support/services/services.ts';
import { type Stack, startStack } from '../../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
}, 60_000);
afterAll(async () => {
  await stack?.stop();
}, 120_000);

const admin = (path: string, body?: unknown) =>
  request(stack, `/api/admin/orders/stuck${path}`, {
    ...{ method: body === undefined ? 'GET' : 'POST', body, sub: 'olga', role: 'admin' },
  });

async function totalStuck(): Promise<number> {
  const { total } = (await (await admin('')).json()) as { total: number };
  return total;
}

// All of the service is in this process: RETRY_MANY=1000 for more, `taskset -c 0` for less machine.
const counts = process.env.RETRY_MANY ? [Number(process.env.RETRY_MANY)] : [50, 200];

describe('orders that are stuck at the charge', () => {
  it.each(counts)(
    'get through when %i are retried by one request',
    async (count) => {
      const repair = await fault(stack, 'payments', {
        route: 'POST /api/payments',
        kind: 'errorBefore',
      });
      const ids = await placeMany(stack, count);
      await eventually(async () => expect(await totalStuck()).toBe(count), 180_000);
      await untilQuiet(stack);
      await repair();

      const response = await admin('/retry', { note: 'payments is back' });
      const answer = (await response.json()) as { state: string; matched: number };
      // Orders whose charge met an open breaker try again so soon that they may be faster.
      expect(answer.matched).toBeGreaterThan(count * 0.8);
      expect([response.status, answer.state]).toEqual(
        response.status === 200 ? [200, 'done'] : [202, 'under_way'],
      );
      if (response.status === 200) expect(answer).toMatchObject({ signalled: answer.matched });
      // One whose attempt took too long on a busy machine failed again, and is stuck until it is told.
      await eventually(async () => {
        await admin('/retry', { note: 'once more' });
        expect(await totalStuck()).toBe(0);
      }, 300_000);
      for (const id of ids) {
        await untilStatus(stack, id, 'PAGADO');
        expect(types(await ledger(stack, 'payments', id))).toEqual(['charge']);
      }
    },
    600_000,
  );
});
