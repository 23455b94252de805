import { describe, expect, it } from '@jest/globals';
import { anotherApi } from '../support/api/app.ts';
import { placeOrder } from '../support/api/requests.ts';
import { eventually } from '../support/eventually.ts';
import { seen, update } from '../support/operators/operators.ts';
import { documents, type OrderAnswer, untilStatus } from '../support/orders/orders.ts';
import { ledger } from '../support/services/services.ts';
import { useStack } from '../support/use-stack.ts';

const stack = useStack();

async function setProduct(id: string, change: object): Promise<void> {
  const answer = await fetch(`${stack.simulators.urls.products}/admin/products/${id}`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(change),
  });
  expect(answer.status).toBe(200);
}

describe('a product without a name or a SKU', () => {
  it.each([
    ['an empty name', 'P-1005', { name: '' }, { name: 'Cast-iron pan' }],
    ['a blank SKU', 'P-1006', { sku: '  ' }, { sku: 'APR-LIN' }],
  ])(
    'is not sold until the catalogue is corrected, and no line of the order is lost: %s',
    async (...row) => {
      const [, productId, wrong, right] = row;
      await setProduct(productId, wrong);
      const items = [
        { productId: 'P-1001', quantity: 1 },
        { productId, quantity: 2 },
      ];
      const response = await placeOrder(anotherApi(stack, { deadlineMs: 1_000 }), { items });
      const { orderId } = (await response.json()) as OrderAnswer;
      expect(response.status).toBe(202);
      await eventually(async () => {
        const { attributes } = await seen(stack, orderId);
        expect(attributes).toMatchObject({ NeedsAttention: [true] });
        expect(attributes.FailureType).toEqual([expect.stringMatching(/^products_/)]);
      });
      expect(await documents(stack, orderId)).toMatchObject({ order: null, items: [] });
      expect(await ledger(stack, 'inventory', orderId)).toEqual([]);

      await setProduct(productId, right);
      expect(await update(stack, orderId, 'retry', { by: 'olga' })).toBe('done');
      await untilStatus(stack, orderId, 'PAGADO');
      const lines = (await documents(stack, orderId)).items;
      expect(lines.map((line) => [line.productId, line.quantity])).toEqual([
        ['P-1001', 1],
        [productId, 2],
      ]);
      expect(lines.every((line) => line.productName.trim() && line.productSku.trim())).toBe(true);
    },
  );
});
