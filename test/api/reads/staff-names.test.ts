import { describe, expect, it } from '@jest/globals';
import { request } from '../../support/api/requests.ts';

import { signal, stuckAtCharge } from '../../support/operators/operators.ts';
import { documents, outcome, untilStatus } from '../../support/orders/orders.ts';
import { useStack } from '../../support/use-stack.ts';

const stack = useStack();

const OLGA = { sub: 'olga', role: 'admin' };
const NOTE = 'rings up every day';

async function read(path: string, who = {}): Promise<string> {
  const response = await request(stack, path, who);
  expect(response.status).toBe(200);
  return response.text();
}

/** An order that olga has retried and cancelled, with a note each time. */
async function cancelledByOlga(): Promise<string> {
  const { orderId, repair } = await stuckAtCharge(stack, { kind: 'errorBefore' });
  await repair();
  await signal(stack, orderId, 'retry', { by: 'olga', note: NOTE });
  await untilStatus(stack, orderId, 'PAGADO');
  await signal(stack, orderId, 'cancelOrder', { by: 'olga', reason: 'out of stock', note: NOTE });
  await outcome(stack, orderId);
  return orderId;
}

describe('the names and notes of the people of the shop', () => {
  it('are shown to admins, and never to customers or in events', async () => {
    const orderId = await cancelledByOlga();
    const { order, history } = await documents(stack, orderId);
    expect(order).toMatchObject({ cancellation: { by: 'olga', reason: 'out of stock' } });
    expect(history.map(({ createdBy, note }) => [createdBy, note])).toEqual([
      ['ana', undefined],
      ['olga', NOTE],
      ['system', undefined],
      ['olga', NOTE],
    ]);

    const paths = [`/api/orders/${orderId}`, `/api/orders/${orderId}/history`, '/api/orders'];
    // Admins first, and between: nothing that was kept for them may be answered to a customer.
    for (const path of paths) {
      expect(await read(path, OLGA)).toContain('"olga"');
      const shown = await read(path);
      expect(shown).not.toContain('olga');
      expect(shown).not.toContain(NOTE);
      expect(shown).toContain('support');
      expect(await read(path, OLGA)).toContain('"olga"');
    }
    expect(await read(`/api/orders/${orderId}/history`, OLGA)).toContain(NOTE);
    expect(JSON.stringify(await stack.events.of(orderId))).not.toMatch(/olga|rings up/);
  });
});
