import { randomUUID } from 'node:crypto';
import { must } from './guide.ts';
import type { Visit } from './visit.ts';

const SOLD_OUT = 'P-1013';

/** Orders that come to nothing, and leave nothing behind. */
export async function refusals({ shop, guide }: Visit): Promise<void> {
  const { step } = guide;

  await guide.chapter('A card is declined', async () => {
    const { orderId } = await step(
      'Ana pays with a card that has no money on it',
      async () => {
        const answer = await shop.place({ paymentToken: 'tok_declined' }, randomUUID());
        must('the status', answer.status, 201);
        return answer.body;
      },
      ({ orderNumber }) => orderNumber,
    );
    await step('the order is cancelled', async () => {
      const { cancellation } = await shop.until(orderId, 'CANCELADO');
      must('the reason', cancellation?.reason, 'payment_declined');
    });
    await step('Inventory has its stock back, and nobody was charged', async () => {
      await shop.untilLedger('inventory', orderId, 'reserve, release');
      await shop.untilLedger('payments', orderId, 'decline');
    });
  });

  await guide.chapter('Nothing in stock', async () => {
    await step(
      'Ana orders a wall clock that is sold out',
      async () => {
        const items = [{ productId: SOLD_OUT, quantity: 1 }];
        const answer = await shop.place({ items }, randomUUID());
        const { status } = answer;
        const body = answer.body as unknown as Problem;
        must('the status', status, 409);
        must('the code', body.code, 'insufficient_stock');
        must('what is available', body.lines?.[0]?.available, 0);
      },
      () => '409 insufficient_stock, 0 available',
    );
  });
}

interface Problem {
  code: string;
  lines?: { available: number }[];
}
