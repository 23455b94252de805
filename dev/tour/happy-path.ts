import { randomUUID } from 'node:crypto';
import { waitFor } from '../processes/wait-for.ts';
import { must } from './guide.ts';
import type { OrderView } from './shop.ts';
import type { Visit } from './visit.ts';

const EVENT_MS = 30_000;

/** An order that is paid and shipped, and the same request once more. */
export async function happyPath({ shop, guide }: Visit): Promise<void> {
  const { step } = guide;
  const key = randomUUID();
  let first: OrderView | undefined;

  await guide.chapter('An order is placed, paid and shipped', async () => {
    const { orderId } = await step(
      'Ana orders two mugs and a tea, and their stock is held',
      async () => {
        const answer = await shop.place({}, key);
        must('the status', answer.status, 201);
        first = answer.body;
        return answer.body;
      },
      ({ orderNumber, total }) => `${orderNumber}, ${total.amount} ${total.currency}`,
    );

    const statuses: string[] = [];
    const began = performance.now();
    const stream = shop.follow(orderId, (status) => {
      statuses.push(status);
      guide.note(`· her browser is told: ${status} (${Math.round(performance.now() - began)} ms)`);
    });
    const told = async (status: string) => {
      const isOver = async () => statuses.includes(status) || statuses.includes('CANCELADO');
      await waitFor(isOver, { timeoutMs: EVENT_MS, what: `the event ${status}` });
      must('the last event', statuses.at(-1), status);
    };
    try {
      await step('Payments captures the money', () => told('PAGADO'));
      await step('an admin marks it shipped, by Correos', () =>
        shop.ask('admin', `/api/orders/${orderId}/status`, {
          method: 'PATCH',
          body: { status: 'ENVIADO', carrier: 'Correos', trackingNumber: 'CX-TOUR' },
        }),
      );
      await step('Ana is told', () => told('ENVIADO'));
    } finally {
      stream.close();
    }
    must('the statuses in their order', statuses.join(' '), 'CREADO PAGADO ENVIADO');
    await step('Payments has charged it once', () =>
      shop.untilLedger('payments', orderId, 'charge'),
    );
  });

  await guide.chapter('One mug arrives broken', async () => {
    const { orderId } = first as OrderView;
    await step(
      'the shop gives one mug back, and puts none into the stock',
      async () => {
        const { body } = await shop.ask<{ total: { amount: string } }>(
          ...(['admin', `/api/admin/orders/${orderId}/refunds`] as const),
          {
            method: 'POST',
            headers: { 'Idempotency-Key': randomUUID() },
            body: { lines: [{ productId: 'P-1001', quantity: 1 }], reason: 'broken' },
          },
        );
        return body;
      },
      ({ total }) => total.amount,
    );
    await step('Payments has given it back, once, and the order says so', async () => {
      await shop.untilLedger('payments', orderId, 'charge, refund');
      const { body } = await shop.ask<OrderView>('ana', `/api/orders/${orderId}`);
      must('its status', body.status, 'ENVIADO');
    });
  });

  await guide.chapter('The same request again, as a browser repeats it', async () => {
    if (first === undefined) throw new Error('there is no order to repeat');
    const { orderId } = first;
    await step(
      'the same key, the same body: the same order',
      async () => {
        const { status, headers, body } = await shop.place({}, key);
        must('success', status < 300, true);
        must('Idempotent-Replayed', headers.get('Idempotent-Replayed'), 'true');
        must('the order', body.orderId, orderId);
        return body;
      },
      ({ orderNumber, status }) => `${orderNumber}, ${status}`,
    );
    await step('Payments has still charged it once', () =>
      shop.untilLedger('payments', orderId, 'charge, refund'),
    );
    await step('the same key with another body: 422 idempotency_key_reused', async () => {
      const answer = await shop.place({ paymentMethod: 'paypal' }, key);
      must('the status', answer.status, 422);
    });
  });
}
