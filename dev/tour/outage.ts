import { randomUUID } from 'node:crypto';
import { orderIdFor } from '../../src/api/orders/order-id.ts';
import { orderWorkflowId } from '../../src/contract/order.ts';
import { waitFor } from '../processes/wait-for.ts';
import { must } from './guide.ts';
import type { Visit } from './visit.ts';

/** Beyond the time after which the order is stuck: until that is seen. */
const STUCK_WITHIN_MS = 60_000;

interface StuckOrder {
  orderId: string;
  step: string;
  failure: string;
  url: string;
}

/** Payments goes down: an order is stuck, an operator sees to it, and the customer cancels it. */
export async function outage({ stack, shop, guide }: Visit): Promise<void> {
  const { step } = guide;
  const key = randomUUID();
  const orderId = orderIdFor('ana', key);

  await guide.chapter(
    'Payments goes down, and the order waits for until the service recovers',
    async () => {
      const repair = await step('Payments answers 503 to whatever concerns the next order', () =>
        shop.breakPayments(orderId),
      );
      try {
        await step(
          'Ana orders all the same',
          async () => {
            const answer = await shop.place({}, key);
            must('the status', answer.status, 201);
            return answer.body;
          },
          ({ orderNumber, status }) => `${orderNumber}, ${status}`,
        );
        guide.note(`… tried again and again for ${stack.retryMs / 1000} s, then it is stuck`);
        const { url } = await step(
          'an operator finds it among the stuck orders',
          () => findStuck(stack.retryMs + STUCK_WITHIN_MS),
          (order) => `${order.step}, ${order.failure}`,
        );
        if (stack.temporalUiUrl) guide.note(`see it: ${url}`);
        await step('it is neither paid nor cancelled: an outage is not a decline', async () => {
          const { body } = await shop.ask('ana', `/api/orders/${orderId}`);
          must('its status', body.status, 'CREADO');
          await shop.untilLedger('inventory', orderId, 'reserve');
        });
      } finally {
        await repair();
      }
      await step('Payments works again; the operator retries the order', () =>
        shop.ask('admin', `/api/admin/orders/${orderId}/retry`, {
          method: 'POST',
          body: { note: 'Payments works again' },
        }),
      );
      await step('it is paid, and charged once', async () => {
        await shop.until(orderId, 'PAGADO');
        await shop.untilLedger('payments', orderId, 'charge');
      });
    },
  );

  await guide.chapter('The customer changes her mind', async () => {
    await step('Ana cancels the order that was just paid', () =>
      shop.ask('ana', `/api/orders/${orderId}/cancel`, {
        method: 'POST',
        body: { reason: 'changed my mind' },
      }),
    );
    await step('it is cancelled, her money is back, and the stock too', async () => {
      await shop.until(orderId, 'CANCELADO');
      await waitFor(async () => (await paymentStatus()) === 'refunded', {
        timeoutMs: STUCK_WITHIN_MS,
        what: 'the payment to be refunded',
      });
      await shop.untilLedger('payments', orderId, 'charge, refund');
      await shop.untilLedger('inventory', orderId, 'reserve, release');
    });
    await step('its history says who did what', history, (entries) => entries.join(', '));
    if (stack.temporalUiUrl) guide.note(`see it: ${workflowUrl()}`);
  });

  function workflowUrl(): string {
    const workflow = `namespaces/${stack.namespace}/workflows/${orderWorkflowId(orderId)}`;
    return `${stack.temporalUiUrl}/${workflow}`;
  }

  async function findStuck(timeoutMs: number): Promise<StuckOrder> {
    const find = async () => {
      const path = '/api/admin/orders/stuck?limit=100';
      const { body } = await shop.ask<{ orders: StuckOrder[] }>('admin', path);
      const stuck = body.orders.find((order) => order.orderId === orderId);
      if (stuck) return stuck;
      const { status } = (await shop.ask('ana', `/api/orders/${orderId}`)).body;
      return status !== 'CREADO' && status;
    };
    const found = await waitFor(find, { timeoutMs, what: 'the order to be stuck' });
    if (typeof found === 'string') throw new Error(`it is ${found}, and not stuck`);
    return found;
  }

  async function paymentStatus(): Promise<string | undefined> {
    const { body } = await shop.ask<{ payments: { paymentStatus: string }[] }>(
      'ana',
      `/api/orders/${orderId}/payments`,
    );
    return body.payments[0]?.paymentStatus;
  }

  async function history(): Promise<string[]> {
    const { body } = await shop.ask<{ history: { status: string; createdBy: string }[] }>(
      'ana',
      `/api/orders/${orderId}/history`,
    );
    return body.history.map(({ status, createdBy }) => `${status} by ${createdBy}`);
  }
}
