import { describe, expect, it } from '@jest/globals';
import { orderWorkflowId } from '../../src/contract/order.ts';
import type { PricingSettings } from '../../src/domain/pricing/price-order.ts';
import { address, placeOrder } from '../support/api/requests.ts';
import { eventually } from '../support/eventually.ts';
import { documents, placed, refused, untilStatus } from '../support/orders/orders.ts';
import { ledger } from '../support/services/services.ts';
import { useStack } from '../support/use-stack.ts';

const pricing: PricingSettings = {
  tax: { policy: 'by-country', rates: { ES: '21', FR: '5.5' } },
  shipping: { policy: 'flat-rate', rates: { EUR: 495, KWD: 1125 }, freeFrom: { EUR: 5000 } },
  rounding: 'half-even',
};
const names = { tax: 'by-country', shipping: 'flat-rate', rounding: 'half-even' };

type Amounts = Record<'totalAmount' | 'taxAmount' | 'shippingAmount' | 'pricing', unknown>;

const stack = useStack({}, { pricing });

describe('an order with tax and shipping', () => {
  it.each([
    {
      what: 'goods and shipping taxed, in cents',
      items: [
        { productId: 'P-1001', quantity: 2 },
        { productId: 'P-1010', quantity: 1 },
      ],
      country: 'ES',
      // 21 % of 39.98, 0.05 and 4.95, each rounded: 8.40, 0.01, 1.04.
      amounts: { goods: '40.03', tax: '9.45', shipping: '4.95', total: '54.43', currency: 'EUR' },
    },
    {
      what: 'free shipping',
      items: [{ productId: 'P-1005', quantity: 1 }],
      country: 'FR',
      amounts: { goods: '64.90', tax: '3.57', shipping: '0.00', total: '68.47', currency: 'EUR' },
    },
    {
      what: 'a tie that goes to the even one, in thousandths',
      items: [{ productId: 'P-4001', quantity: 12 }],
      country: 'FR',
      // 5.5 % of 37.500 is 2.0625, of 1.125 is 0.061875.
      amounts: {
        goods: '37.500',
        tax: '2.124',
        shipping: '1.125',
        total: '40.749',
        currency: 'KWD',
      },
    },
  ])('says the same everywhere: $what', async ({ items, country, amounts }) => {
    const shippingAddress = { ...address, country };
    const expectedTotal = amounts.total;
    const { orderId } = await placed(stack, { items, shippingAddress, expectedTotal });
    const order = await untilStatus(stack, orderId, 'PAGADO');
    const { currency, total } = amounts;
    expect(order).toMatchObject({
      total: { amount: total, minor: Number(total.replace('.', '')), currency },
      totalAmount: Number(total),
      taxAmount: Number(amounts.tax),
      shippingAmount: Number(amounts.shipping),
      pricing: names,
    });

    const stored = await documents(stack, orderId);
    const { totalAmount, taxAmount, shippingAmount, pricing } = { ...stored.order } as Amounts;
    expect([totalAmount, taxAmount, shippingAmount].map(String)).toEqual([
      total,
      amounts.tax,
      amounts.shipping,
    ]);
    expect(pricing).toEqual(names);
    const decimals = (text: unknown) => BigInt(`${text}`.replace('.', ''));
    const goods = stored.items.reduce((sum, item) => sum + decimals(item.totalPrice), 0n);
    expect(goods).toBe(decimals(amounts.goods));
    expect(goods + decimals(taxAmount) + decimals(shippingAmount)).toBe(decimals(totalAmount));
    expect(stored.items.map((item) => decimals(item.discountAmount))).toEqual(items.map(() => 0n));
    expect(stored.payments.map((row) => `${row.amount} ${row.currency}`)).toEqual([
      `${total} ${currency}`,
    ]);

    const charges = await ledger(stack, 'payments', orderId);
    expect(charges).toMatchObject([{ type: 'charge', amount: total, currency }]);
    const events = await eventually(async () => {
      const published = await stack.events.of(orderId);
      expect(published).toHaveLength(3);
      return published;
    });
    expect(events.map(({ data }) => data.totalAmount ?? data.amount)).toEqual([
      Number(total),
      Number(total),
      undefined,
    ]);
  });

  it('keeps its settings with it, for replay and for those who ask later', async () => {
    const { orderId } = await placed(stack);
    const handle = stack.client.workflow.getHandle(orderWorkflowId(orderId));
    const { events } = await handle.fetchHistory();
    const payload = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
    expect(JSON.parse(Buffer.from(payload?.data ?? []).toString())).toMatchObject({ pricing });
  });

  it('whose total is not the expected one says the new lines and totals', async () => {
    const response = await placeOrder(stack, { expectedTotal: 39.98 });
    expect([response.status, await response.json()]).toMatchObject([
      409,
      {
        code: 'price_changed',
        currency: 'EUR',
        total: '54.37',
        taxAmount: '9.44',
        shippingAmount: '4.95',
        lines: [
          {
            productId: 'P-1001',
            quantity: 2,
            unitPrice: '19.99',
            discountAmount: '0.00',
            totalPrice: '39.98',
          },
        ],
      },
    ]);
  });

  it.each([
    [
      'to a country without a rate',
      { shippingAddress: { ...address, country: 'US' } },
      'country_not_supported',
      { country: 'US' },
    ],
    [
      'in a currency without a rate',
      { items: [{ productId: 'P-2001', quantity: 1 }] },
      'currency_not_supported',
      { currencies: ['USD'] },
    ],
  ])('%s is refused, and leaves nothing behind', async (_what, body, code, details) => {
    const response = await placeOrder(stack, body);
    expect([response.status, await response.json()]).toMatchObject([422, { code, ...details }]);
    const orderId = await refused(stack, body);
    expect((await documents(stack, orderId)).order).toBeNull();
    expect(await ledger(stack, 'inventory', orderId)).toEqual([]);
    expect(await ledger(stack, 'payments', orderId)).toEqual([]);
  });

  it('with a product in no currency of ISO 4217 is refused', async () => {
    await fetch(`${stack.simulators.urls.products}/admin/products/P-9001`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json' },
      body: '{"price":5,"currency":"XTS"}',
    });
    const response = await placeOrder(stack, { items: [{ productId: 'P-9001', quantity: 1 }] });
    expect([response.status, await response.json()]).toMatchObject([
      422,
      { code: 'currency_not_supported', currencies: ['XTS'] },
    ]);
  });
});
