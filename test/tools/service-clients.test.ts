import type { RequestListener } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { context } from '@opentelemetry/api';
import { register } from 'prom-client';
import { startSimulators } from '../../simulators/simulators.ts';
import type { ServiceFailure } from '../../src/clients/http/service-failure.ts';
import { contextFrom, contextOf } from '../../src/platform/tracing/work.ts';
import { eventually } from '../support/eventually.ts';
import { json, type ScriptedServer, scriptedServer } from '../support/servers/scripted-server.ts';
import { charge, openServices, serviceCalls } from '../support/services/service-calls.ts';

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

async function scripted(answer: RequestListener): Promise<ScriptedServer> {
  const server = await scriptedServer(answer);
  opened.push(server.stop);
  return server;
}

function open(urls: Parameters<typeof openServices>[0], resetMs?: number) {
  const services = openServices(urls, resetMs);
  opened.push(services.close);
  return services;
}

const ended = (call: Promise<unknown>) => call.catch((error: unknown) => error as ServiceFailure);
const items = [{ productId: 'P-1001', quantity: 1 }];

describe('what a service says in its own words', () => {
  it('is an answer: of the simulators', async () => {
    const simulators = await startSimulators();
    opened.push(simulators.stop);
    const { auth, products, inventory, payments } = open(simulators.urls);

    expect(await auth.findUser('ana')).toEqual({ id: 'ana' });
    expect(await auth.findUser('marta')).toBeUndefined();
    expect(await auth.findUser('nobody/../ana')).toBeUndefined();
    const found = await products.findProducts(['P-1001', 'P-0', 'P-1014', 'P-4001']);
    expect(found.map(({ productId, unitPrice }) => [productId, unitPrice])).toEqual([
      ['P-1001', 1999],
      ['P-4001', 3125],
    ]);

    expect(await inventory.isHeld('o1:reserve')).toBe(false);
    await inventory.reserve('o1:reserve', items);
    await inventory.reserve('o1:reserve', items);
    expect(await inventory.isHeld('o1:reserve')).toBe(true);
    await inventory.release('o1:reserve');
    await inventory.release('o1:reserve');
    await inventory.release('never:reserved');
    const sold = { productId: 'P-1013', quantity: 2 };
    expect(await ended(inventory.reserve('o2:reserve', [sold]))).toMatchObject({
      code: 'insufficient_stock',
      details: { lines: [{ productId: 'P-1013', requested: 2, available: 0 }] },
    });

    expect(await payments.find('o1:charge')).toBeUndefined();
    const { transactionId } = await payments.charge('o1:charge', charge);
    expect(await payments.charge('o1:charge', charge)).toEqual({
      transactionId,
      status: 'completed',
    });
    expect(await payments.find('o1:charge')).toMatchObject({ transactionId, amount: 5998 });
    expect(await payments.void('o1:charge')).toEqual({
      refunded: true,
      transactionId,
      amount: 5998,
      currency: 'EUR',
    });
    expect(await payments.void('o2:charge')).toEqual({ refunded: false });
    const declined = { ...charge, orderId: 'o3', paymentToken: 'tok_declined' };
    expect(await ended(payments.charge('o3:charge', declined))).toMatchObject({
      code: 'payment_declined',
      details: { reason: 'card_declined' },
    });
  });

  it.each([
    ['another amount', { amount: '59.99' }],
    ['another currency', { currency: 'USD' }],
    ['an amount that is none', { amount: 'much' }],
    ['a state that is not paid', { status: 'refunded' }],
  ])('is no charge with %s', async (_name, change) => {
    const payment = { transactionId: 't1', status: 'completed', amount: '59.98', currency: 'EUR' };
    const right = open((await scripted(json(201, payment))).url);
    expect(await right.payments.charge('k', charge)).toMatchObject({ transactionId: 't1' });
    const wrong = open((await scripted(json(201, { ...payment, ...change }))).url);
    expect(await ended(wrong.payments.charge('k', charge))).toMatchObject({ kind: 'unknown' });
  });

  it('is of unknown outcome when the connection is cut after it was sent, and a read is not', async () => {
    const cut = await scripted((_request, response) => response.destroy());
    const { payments } = open(cut.url);
    expect(await ended(payments.charge('k', charge))).toMatchObject({ kind: 'unknown' });
    expect(await ended(payments.find('k'))).toMatchObject({ kind: 'transient' });
  });

  it.each([
    ['a status that is new', { status: 'chargeback' }, 'says the payment is chargeback'],
    ['an amount that is none', { amount: 'much' }, 'answered 200 with an unexpected body'],
    ['money without an amount', { amount: undefined }, 'says completed without an amount'],
  ])('cannot be read, of a payment, with %s', async (_name, change, reason) => {
    const payment = { transactionId: 't1', status: 'completed', amount: '59.98', currency: 'EUR' };
    const { payments } = open((await scripted(json(200, { ...payment, ...change }))).url);
    expect(await ended(payments.find('k'))).toMatchObject({ kind: 'transient', reason });
  });

  it.each([
    ['that leaves products out', { products: [], missing: [] }],
    ['with a price below zero', { products: [{ ...mug(), price: -1 }] }],
    ['with too many decimals', { products: [{ ...mug(), price: 1.999 }] }],
    ['with an empty name', { products: [{ ...mug(), name: '' }] }],
    ['with a blank SKU', { products: [{ ...mug(), sku: ' \t' }] }],
    ['with products not asked for', { products: [mug(), { ...mug(), id: 'P-2' }] }],
  ])('is no answer about products %s', async (_name, body) => {
    const { products } = open((await scripted(json(200, body))).url);
    expect(await ended(products.findProducts(['P-1']))).toMatchObject({ kind: 'transient' });
  });

  it('says that what is not for sale is not, whatever its name', async () => {
    const gone = { ...mug(), name: '', active: false };
    const { products } = open((await scripted(json(200, { products: [gone] }))).url);
    expect(await products.findProducts(['P-1'])).toEqual([]);
  });

  function mug() {
    return { id: 'P-1', sku: 'M', name: 'Mug', price: 1, currency: 'EUR', active: true };
  }
});

describe('a call', () => {
  it('says which request it goes back to', async () => {
    const server = await scripted(json(500, {}));
    const { close: _close, ...services } = open(server.url);
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const work = contextOf({ requestId: 'r-1' }, contextFrom({ traceparent }));
    await context.with(work, () =>
      Promise.all(serviceCalls.map(({ run }) => ended(run({ ...services, close: _close })))),
    );
    expect(server.requests).toHaveLength(serviceCalls.length);
    for (const { headers } of server.requests) {
      expect(headers).toMatchObject({
        'x-request-id': 'r-1',
        traceparent,
        accept: 'application/json',
      });
    }
  });

  it('is counted by service and outcome', async () => {
    const { auth } = open((await scripted(json(500, {}))).url);
    await ended(auth.findUser('ana'));
    expect(await register.metrics()).toMatch(
      /orders_downstream_request_seconds_count{service="auth",outcome="transient"} \d/,
    );
  });
});

describe('a circuit breaker', () => {
  const decline = { code: 'payment_declined', reason: 'card_declined' };

  it('opens at its volume, and closes when a call gets through again', async () => {
    let answer = json(503, {});
    const server = await scripted((request, response) => answer(request, response));
    const { payments } = open(server.url, 1_000);
    const pay = () => ended(payments.charge('k', charge));

    for (let calls = 0; calls < 10; calls++) await pay();
    expect(await breakerState('payments')).toBe(2);
    expect(await pay()).toMatchObject({
      kind: 'transient',
      reason: 'answered 503, and is left alone temporarily',
      retryAfterMs: 1_000,
    });
    expect(server.requests).toHaveLength(10);
    expect(await payments.void('k').catch(() => server.requests.length)).toBe(11);

    await eventually(async () => expect(await breakerState('payments')).toBe(1));
    await pay();
    expect(await breakerState('payments')).toBe(2);

    answer = json(402, decline);
    await eventually(async () => expect(await pay()).toMatchObject({ code: 'payment_declined' }));
    expect(await breakerState('payments')).toBe(0);
  });

  it('of look-ups leaves charges, refunds and stock alone, and the other way round', async () => {
    const server = await scripted(json(500, {}));
    const { payments, inventory } = open(server.url);
    const sent = async (call: Promise<unknown>) => {
      const before = server.requests.length;
      await ended(call);
      return server.requests.length - before;
    };
    for (let calls = 0; calls < 25; calls++) {
      await ended(payments.find('k'));
      await ended(inventory.isHeld('k'));
    }
    expect(await sent(payments.find('k'))).toBe(0);
    expect(await sent(inventory.isHeld('k'))).toBe(0);
    expect(await sent(payments.charge('k', charge))).toBe(1);
    expect(await sent(payments.void('k'))).toBe(1);
    expect(await sent(inventory.reserve('k', items))).toBe(1);
    expect(await sent(inventory.release('k'))).toBe(1);

    const others = open(server.url);
    for (let calls = 0; calls < 25; calls++) {
      await ended(others.payments.void('k'));
      await ended(others.inventory.reserve('k', items));
    }
    expect(await sent(others.payments.find('k'))).toBe(1);
    expect(await sent(others.inventory.isHeld('k'))).toBe(1);
  });

  it('does not open before its volume', async () => {
    const server = await scripted(json(503, {}));
    const { auth } = open(server.url);
    for (let calls = 0; calls < 19; calls++) await ended(auth.findUser('ana'));
    expect(await breakerState('auth')).toBe(0);
    await ended(auth.findUser('ana'));
    expect(await breakerState('auth')).toBe(2);
    expect(server.requests).toHaveLength(20);
  });

  it.each([
    ['a refusal', 402, decline],
    ['an answer that nobody knows', 422, { code: 'idempotency_key_reused' }],
  ])('takes %s for health', async (_name, status, body) => {
    const server = await scripted(json(status, body));
    const { payments } = open(server.url);
    for (let calls = 0; calls < 25; calls++) await ended(payments.charge('k', charge));
    expect(server.requests).toHaveLength(25);
    expect(await breakerState('payments')).toBe(0);
  });

  async function breakerState(service: string): Promise<number | undefined> {
    const { values } = (await register.getSingleMetric('orders_breaker_state')?.get()) ?? {
      values: [],
    };
    return values.find(({ labels }) => labels.service === service)?.value;
  }
});
