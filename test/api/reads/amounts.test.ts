import { expect, it } from '@jest/globals';
import { request } from '../../support/api/requests.ts';
import { documents, placed } from '../../support/orders/orders.ts';
import { useStack } from '../../support/use-stack.ts';

const stack = useStack();

interface Exact {
  amount: string;
  minor: number;
  currency: string;
}
interface Line {
  lineId: string;
  unitPrice: number;
  discountAmount: number;
  totalPrice: number;
  price: Exact;
  discount: Exact;
  total: Exact;
}
interface Shown {
  items: Line[];
  total: Exact;
  tax: Exact;
  shipping: Exact;
  totalAmount: number;
  taxAmount: number;
  shippingAmount: number;
}

const isSame = (float: number, { amount, minor, currency }: Exact) =>
  currency === 'EUR' && Number(amount) === float && minor === Math.round(float * 100);

it('every amount of an order is also exact, and adds up; lines have ids that stay', async () => {
  const items = [
    { productId: 'P-1001', quantity: 2 },
    { productId: 'P-1003', quantity: 1 },
  ];
  const { orderId } = await placed(stack, { items });
  const look = async () => (await (await request(stack, `/api/orders/${orderId}`)).json()) as Shown;
  const order = await look();
  expect(isSame(order.totalAmount, order.total)).toBe(true);
  expect(isSame(order.taxAmount, order.tax)).toBe(true);
  expect(isSame(order.shippingAmount, order.shipping)).toBe(true);
  for (const line of order.items) {
    expect(isSame(line.unitPrice, line.price)).toBe(true);
    expect(isSame(line.discountAmount, line.discount)).toBe(true);
    expect(isSame(line.totalPrice, line.total)).toBe(true);
  }
  const net = order.items.map(({ total, discount }) => total.minor - discount.minor);
  const sum = [...net, order.tax.minor, order.shipping.minor].reduce((a, b) => a + b);
  expect(sum).toBe(order.total.minor);

  const stored = (await documents(stack, orderId)).items.map(({ _id }) => `${_id}`);
  expect(order.items.map(({ lineId }) => lineId).sort()).toEqual(stored.sort());
  expect(new Set(stored).size).toBe(2);
});
