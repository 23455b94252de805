import createClient from 'openapi-fetch';
import type { paths } from './orders-api.ts';

const { API = '', TOKEN = '', ADMIN_TOKEN = '' } = process.env;
const as = (token: string) =>
  createClient<paths>({ baseUrl: API, headers: { Authorization: `Bearer ${token}` } });

type Basket = paths['/api/orders']['post']['requestBody']['content']['application/json'];

const basket: Basket = {
  items: [{ productId: 'P-1001', quantity: 2 }],
  shippingAddress: {
    street: 'Calle Mayor 1',
    city: 'Madrid',
    state: 'Madrid',
    postalCode: '28013',
    country: 'ES',
  },
  paymentMethod: 'paypal',
};
const headers = { 'idempotency-key': crypto.randomUUID(), prefer: 'wait=10' };

const placed = await as(TOKEN).POST('/api/orders', { body: basket, params: { header: headers } });
if (placed.error !== undefined) throw new Error(placed.error.code);
const { orderId } = placed.data;
const shipped = await as(ADMIN_TOKEN).PATCH('/api/orders/{id}/status', {
  params: { path: { id: orderId } },
  body: { status: 'ENVIADO', carrier: 'Correos' },
});
if (shipped.error !== undefined) throw new Error(shipped.error.code);

// A problem has a code, and the members of that code.
const soldOut = await as(TOKEN).POST('/api/orders', {
  body: { ...basket, items: [{ productId: 'P-1013', quantity: 1 }] },
});
if (soldOut.error?.code !== 'insufficient_stock') throw new Error('it should be sold out');
const { available } = soldOut.error.lines?.[0] ?? {};
process.stdout.write(`${orderId} ENVIADO; ${soldOut.error.code}, ${available} left\n`);
