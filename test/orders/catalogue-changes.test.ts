import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Connection } from 'rabbitmq-client';
import { orderBody, placeOrder, request } from '../support/api/requests.ts';
import { eventually } from '../support/eventually.ts';
import { placed } from '../support/orders/orders.ts';
import { testServers } from '../support/servers/servers.ts';
import { fault, fired } from '../support/services/services.ts';
import { type Stack, startStack } from '../support/stack.ts';

let stack: Stack;
let rabbit: Connection;
beforeAll(async () => {
  stack = await startStack();
  rabbit = new Connection(`${testServers().rabbitmqUrl}`);
});
afterAll(async () => {
  await rabbit?.close();
  await stack?.stop();
});

const itWithRabbit = testServers().rabbitmqUrl === undefined ? it.skip : it;

async function change(path: string, body: Record<string, unknown>, type: string): Promise<void> {
  const service = type.startsWith('user') ? 'auth' : 'products';
  const answer = await fetch(`${stack.simulators.urls[service]}/admin/${path}`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
  const exchange = 'domain-events';
  const publisher = rabbit.createPublisher({
    confirm: true,
    exchanges: [{ exchange, type: 'topic', durable: true }],
  });
  const subject = path.split('/').at(-1);
  await publisher.send({ exchange, routingKey: type }, { specversion: '1.0', type, subject });
  await publisher.close();
}

const items = (productId: string) => ({ items: [{ productId, quantity: 1 }] });

describe('the catalogue', () => {
  it('is asked once for a product that many order', async () => {
    await fault(stack, 'products', { kind: 'latency', latencyMs: 0 });
    await Promise.all(Array.from({ length: 5 }, () => placed(stack, items('P-1004'))));
    await eventually(async () => {
      const before = await fired(stack, 'products');
      await placed(stack, items('P-1004'));
      expect(await fired(stack, 'products')).toBe(before);
    });
    expect(await fired(stack, 'products')).toBeLessThan(5);
  });

  itWithRabbit('that says a price changed is believed at once', async () => {
    expect(await placed(stack, items('P-1007'))).toMatchObject({ totalAmount: 89.95 });
    await eventually(async () => {
      await change('products/P-1007', { price: 79.5 }, 'product.updated');
      expect(await placed(stack, items('P-1007'))).toMatchObject({ totalAmount: 79.5 });
    });
  });

  it('that gives things away sells nothing: the order is refused, not stuck', async () => {
    const free = { name: 'Sample', price: 0 };
    await fetch(`${stack.simulators.urls.products}/admin/products/P-5002`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(free),
    });
    const before = await stack.db.collection('orders').countDocuments();
    const answer = await placeOrder(stack, items('P-5002'));
    expect([answer.status, await answer.json()]).toMatchObject([422, { code: 'nothing_to_pay' }]);
    expect(await stack.db.collection('orders').countDocuments()).toBe(before);
  });

  itWithRabbit('that has a new product sells it', async () => {
    const before = await placeOrder(stack, items('P-5001'));
    expect([before.status, await before.json()]).toMatchObject([
      422,
      { code: 'product_unavailable' },
    ]);
    await fetch(`${stack.simulators.urls.inventory}/admin/stock/P-5001`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json' },
      body: '{"available":5}',
    });
    await eventually(async () => {
      await change('products/P-5001', { price: 12 }, 'product.created');
      expect(await placed(stack, items('P-5001'))).toMatchObject({ totalAmount: 12 });
    });
  });
});

describe('a user who was locked', () => {
  itWithRabbit('orders no more', async () => {
    const order = () =>
      request(stack, '/api/orders', { method: 'POST', body: orderBody(), sub: 'luis' });
    expect((await order()).status).toBe(201);
    await eventually(async () => {
      await change('users/luis', { active: false }, 'user.updated');
      expect((await order()).status).toBe(403);
    });
  });
});
