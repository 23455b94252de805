import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type ServiceName, type Simulators, startSimulators } from '../dev/services/simulators.ts';

type Json = Record<string, unknown>;
type Entry = { type: string; key: string; amount?: string; status?: string; refundKey?: string };

let simulators: Simulators;
let orders = 0;
let order = '';

const call = async (
  service: ServiceName,
  line: string,
  body?: unknown,
  headers: Record<string, string> = {},
  urls = simulators.urls,
) => {
  const [method = '', path = ''] = line.split(' ');
  const json: Record<string, string> =
    body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await fetch(urls[service] + path, {
    method,
    redirect: 'manual',
    headers: { ...json, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Json };
};

const outcome = ({ status, body }: { status: number; body: Json }) => [status, body.code];
const key = () => `${order}:charge`;
const payment = (change: Json = {}) => {
  return { orderId: order, amount: '59.98', currency: 'EUR', method: 'credit_card', ...change };
};
const charge = (change: Json = {}, as = key()) =>
  call('payments', 'POST /api/payments', payment(change), { 'Idempotency-Key': as });
const byKey = (action: '' | '/void' = '') =>
  call('payments', `${action ? 'POST' : 'GET'} /api/payments/by-key/${key()}${action}`);
const refund = (refundKey: string, amount: string) =>
  call(
    'payments',
    `POST /api/payments/by-key/${key()}/refund`,
    { amount },
    { 'Idempotency-Key': refundKey },
  );
const bank = (action: string, body?: Json) =>
  call('payments', `POST /admin/payments/${key()}/${action}`, body);
const reserve = (items: Json[], id = `${order}:reserve`) =>
  call('inventory', 'POST /api/inventory/reserve', { reservationId: id, items });
const release = (id = `${order}:reserve`) =>
  call('inventory', `DELETE /api/inventory/reserve/${id}`);
const line = (productId: string, quantity: number) => ({ productId, quantity });
const ledger = async (service: ServiceName, of = order) =>
  (await call(service, `GET /admin/ledger?orderId=${of}`)).body.entries as Entry[];
const effects = async (service: ServiceName) => (await ledger(service)).map(({ type }) => type);
const levels = async () => {
  const { stock } = (await call('inventory', 'GET /admin/state')).body;
  return new Map(
    (stock as { productId: string; available: number; held: number }[]).map((level) => [
      level.productId,
      level,
    ]),
  );
};
const fault = (service: ServiceName, body: Json) => call(service, 'POST /admin/faults', body);
const firings = async (service: ServiceName) =>
  ((await call(service, 'GET /admin/faults')).body.faults as Json[]).map(({ fired }) => fired);

beforeAll(async () => {
  simulators = await startSimulators({ seed: 7 });
});
beforeEach(async () => {
  orders += 1;
  order = `order-${orders}`;
  for (const service of ['auth', 'products', 'inventory', 'payments'] as const) {
    await call(service, 'DELETE /admin/faults');
  }
});
afterAll(() => simulators.stop());

describe('users and products', () => {
  test('a user is found with role and activity, and can be changed', async () => {
    expect((await call('auth', 'GET /api/users/admin')).body).toMatchObject({ role: 'admin' });
    expect((await call('auth', 'GET /api/users/marta')).body).toMatchObject({ active: false });
    expect(outcome(await call('auth', 'GET /api/users/nobody'))).toEqual([404, 'user_not_found']);
    await call('auth', 'PUT /admin/users/eva', { role: 'admin' });
    expect((await call('auth', 'GET /api/users/eva')).body).toMatchObject({ role: 'admin' });
  });

  test('products come in one batch, priced in exact decimals, the missing ones named', async () => {
    await call('products', 'PUT /admin/products/P-1006', { price: 0.1, active: false });
    const ids = ['P-1001', 'P-1006', 'P-0000', 'P-1001'];
    const { body } = await call('products', 'POST /api/products/batch', { ids });
    expect(body).toEqual({
      products: [
        expect.objectContaining({ id: 'P-1001', price: 19.99, currency: 'EUR', active: true }),
        expect.objectContaining({ id: 'P-1006', price: 0.1, active: false }),
      ],
      missing: ['P-0000'],
    });
  });

  test('what does not fit the contract is refused', async () => {
    const batch = (body: unknown) => call('products', 'POST /api/products/batch', body);
    expect(outcome(await batch({ ids: [] }))).toEqual([400, 'invalid_request']);
    const text = { 'content-type': 'text/plain' };
    const typed = await call('products', 'POST /api/products/batch', {}, text);
    expect(outcome(typed)).toEqual([415, 'unsupported_media_type']);
    expect(outcome(await batch({ ids: ['x'.repeat(300_000)] }))).toEqual([413, 'body_too_large']);
    expect(typed.headers.get('content-type')).toBe('application/problem+json');
  });

  test('each service publishes its contract and a page', async () => {
    for (const [service, url] of Object.entries(simulators.urls) as [ServiceName, string][]) {
      const { body } = await call(service, 'GET /openapi.json');
      expect(Object.keys(body.paths as Json).join()).toMatch(/^\/api\/[^,]+(,\/api\/[^,]+)*$/);
      expect(await (await fetch(url)).text()).toContain(`<h1>${service}</h1>`);
      expect((await call(service, 'GET /livez')).status).toBe(200);
    }
  });
});

describe('stock', () => {
  test('a reservation holds the sum of its lines once, and its release returns it once', async () => {
    const before = (await levels()).get('P-1003');
    const items = [line('P-1003', 2), line('P-1004', 1), line('P-1003', 3)];
    const first = await reserve(items);
    const again = await reserve([...items].reverse());
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body).toEqual(first.body);
    expect(first.body.items).toEqual([line('P-1003', 5), line('P-1004', 1)]);
    expect((await levels()).get('P-1003')?.available).toBe((before?.available ?? 0) - 5);
    expect(outcome(await reserve([line('P-1003', 1)]))).toEqual([422, 'reservation_conflict']);
    expect((await release()).body).toMatchObject({ status: 'released' });
    expect((await release()).status).toBe(200);
    expect((await levels()).get('P-1003')).toEqual(before);
    expect(outcome(await reserve(items))).toEqual([409, 'reservation_released']);
    expect(await effects('inventory')).toEqual(['reserve', 'release']);
  });

  test('too little stock holds nothing, says what there is, and is not remembered', async () => {
    const items = [line('P-1001', 1), line('P-1013', 2)];
    const refused = await reserve(items);
    expect(outcome(refused)).toEqual([409, 'insufficient_stock']);
    expect(refused.body.items).toEqual([{ productId: 'P-1013', requested: 2, available: 0 }]);
    expect(outcome(await reserve([line('P-0', 1)]))).toEqual([422, 'unknown_product']);
    expect(await effects('inventory')).toEqual([]);
    await call('inventory', 'PUT /admin/stock/P-1013', { available: 2 });
    expect((await reserve(items)).status).toBe(201);
  });

  test('releasing what was never reserved stops a reserve that lands later', async () => {
    expect(outcome(await release())).toEqual([404, 'reservation_not_found']);
    expect(outcome(await reserve([line('P-1001', 1)]))).toEqual([409, 'reservation_released']);
    expect((await release()).status).toBe(404);
    expect(await effects('inventory')).toEqual(['tombstone']);
  });

  test('any sequence of reserving and releasing keeps stock plus held constant', async () => {
    const ids = ['P-1012', 'P-1011', 'P-4002'];
    const start = await levels();
    const items = fc.array(
      fc.record({ productId: fc.constantFrom(...ids), quantity: fc.integer({ min: 1, max: 300 }) }),
      { minLength: 1, maxLength: 3 },
    );
    const operation = fc.record({ id: fc.nat(4), items: fc.option(items) });
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 20 }), async (operations) => {
        orders += 1;
        for (const { id, items } of operations) {
          const reservation = `stock-${orders}:${id}`;
          const { status } = await (items ? reserve(items, reservation) : release(reservation));
          expect(status).toBeLessThan(500);
        }
        const now = await levels();
        for (const id of ids) {
          const [was, is] = [start.get(id), now.get(id)];
          expect(is?.available).toBeGreaterThanOrEqual(0);
          expect((is?.available ?? 0) + (is?.held ?? 0)).toBe(
            (was?.available ?? 0) + (was?.held ?? 0),
          );
        }
        for (const id of [0, 1, 2, 3, 4]) await release(`stock-${orders}:${id}`);
      }),
      { numRuns: 40 },
    );
    expect(await levels()).toEqual(start);
  });
});

describe('payments', () => {
  test('one key charges once, however often and however many at a time it is sent', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => charge()));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(19).fill(200), 201]);
    expect(new Set(answers.map(({ body }) => body.transactionId)).size).toBe(1);
    expect((await byKey()).body).toMatchObject({ status: 'completed', refundedAmount: '0.00' });
    const reused = await charge({ amount: '59.99' });
    expect(outcome(reused)).toEqual([422, 'idempotency_key_reused']);
    expect(await effects('payments')).toEqual(['charge']);
    const { attempts } = (await call('payments', `GET /admin/state?orderId=${order}`)).body;
    expect(attempts).toMatchObject({ [`POST /api/payments ${key()}`]: 21 });
  });

  test('a decline is remembered, and a void leaves it failed', async () => {
    const token = 'tok_insufficient_funds';
    for (const _ of [1, 2]) {
      const declined = await charge({ token });
      expect(outcome(declined)).toEqual([402, 'payment_declined']);
      expect(declined.body.reason).toBe('insufficient_funds');
    }
    expect((await byKey('/void')).body).toMatchObject({ status: 'failed' });
    expect((await byKey()).body).toMatchObject({ status: 'failed', reason: 'insufficient_funds' });
    expect(await effects('payments')).toEqual(['decline']);
  });

  test('a void refunds all that is left, once, and closes the key', async () => {
    await charge();
    expect((await refund(`${order}:r1`, '10.00')).status).toBe(201);
    const repeated = await refund(`${order}:r1`, '10.00');
    expect([repeated.status, repeated.body.amount]).toEqual([200, '10.00']);
    expect(outcome(await refund(`${order}:r1`, '1.00'))).toEqual([422, 'idempotency_key_reused']);
    expect(outcome(await refund(`${order}:r2`, '50.00'))).toEqual([422, 'refund_exceeds_captured']);
    for (const _ of [1, 2]) {
      expect((await byKey('/void')).body).toMatchObject({
        status: 'refunded',
        refundedAmount: '59.98',
      });
    }
    expect(outcome(await charge())).toEqual([409, 'payment_voided']);
    expect((await ledger('payments')).map(({ amount }) => amount)).toEqual([
      '59.98',
      '10.00',
      '49.98',
    ]);
  });

  test('a void of a key never seen leaves a tombstone that stops a later charge', async () => {
    expect(outcome(await byKey())).toEqual([404, 'payment_not_found']);
    for (const _ of [1, 2]) {
      expect((await byKey('/void')).body).toEqual({ key: key(), status: 'voided' });
    }
    expect(outcome(await charge())).toEqual([409, 'payment_voided']);
    expect(await effects('payments')).toEqual(['tombstone']);
  });

  test('a bank transfer is pending until it is confirmed or expires', async () => {
    expect((await charge({ method: 'bank_transfer' })).body).toMatchObject({ status: 'pending' });
    for (const _ of [1, 2]) expect((await bank('confirm')).body.status).toBe('completed');
    expect(outcome(await bank('expire'))).toEqual([409, 'payment_not_pending']);
    expect(await effects('payments')).toEqual(['charge', 'confirm']);
    order += '-b';
    await charge({ method: 'bank_transfer' });
    expect((await bank('expire')).body.status).toBe('expired');
    expect((await byKey('/void')).body.status).toBe('expired');
  });

  test('money that arrives for a voided key is flagged, and a void gives it back', async () => {
    await charge({ method: 'bank_transfer' });
    expect((await byKey('/void')).body.status).toBe('voided');
    expect((await bank('receive')).body).toMatchObject({ status: 'completed', late: true });
    expect((await byKey('/void')).body).toMatchObject({
      status: 'refunded',
      refundedAmount: '59.98',
    });
    order += '-unknown';
    expect(outcome(await bank('receive'))).toEqual([422, 'invalid_amount']);
    const money = { amount: '5.00', currency: 'EUR' };
    expect((await bank('receive', money)).body).toMatchObject({ capturedAmount: '5.00' });
  });

  test.each([
    ['EUR', '0.01', '0.1'],
    ['EUR', '10.10', '10.101'],
    ['JPY', '1800', '1800.0'],
    ['KWD', '3.125', '3.12'],
    ['MGA', '1.00', '0.00'],
  ])('%s takes %s and not %s', async (currency, good, bad) => {
    expect((await charge({ currency, amount: good })).body).toMatchObject({ amount: good });
    expect(outcome(await charge({ currency, amount: bad }, `${order}:x`))[1]).toBe(
      'invalid_amount',
    );
  });

  test('a charge without a key or with an unknown currency is refused', async () => {
    const keyless = await call('payments', 'POST /api/payments', payment());
    expect(outcome(keyless)).toEqual([400, 'idempotency_key_required']);
    expect(outcome(await charge({ currency: 'ABC' }))).toEqual([422, 'unsupported_currency']);
    expect(await effects('payments')).toEqual([]);
  });

  test('no sequence of operations charges or refunds more than once for a key', async () => {
    const amount = fc.constantFrom('10.00', '7.50', '2.50');
    const method = fc.constantFrom('credit_card', 'bank_transfer');
    const token = fc.constantFrom('tok_ok', 'tok_ok', 'tok_declined');
    const operation = fc.oneof(
      fc.record({ amount, method, token }).map((change) => () => charge(change)),
      fc.record({ amount, to: fc.nat(2) }).map(({ amount, to }) => () => {
        return refund(`${order}:refund-${to}`, amount);
      }),
      fc.constantFrom('confirm', 'expire', 'receive').map((action) => () => bank(action)),
      fc.constant(() => byKey('/void')),
    );
    const minor = (entries: Entry[]) =>
      entries.reduce((sum, { amount }) => sum + Number(amount?.replace('.', '')), 0);
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 15 }), async (operations) => {
        orders += 1;
        order = `money-${orders}`;
        for (const run of operations) expect((await run()).status).toBeLessThan(500);
        const last = await byKey('/void');
        const entries = await ledger('payments');
        const of = (type: string) => entries.filter((entry) => entry.type === type);
        expect(of('charge').length).toBeLessThanOrEqual(1);
        expect(new Set(of('refund').map((entry) => entry.refundKey)).size).toBe(
          of('refund').length,
        );
        const captured = of('charge').filter(({ status }) => status === 'completed');
        const money = minor([...captured, ...of('confirm'), ...of('receive')]);
        expect(minor(of('refund'))).toBe(money);
        expect(last.body.refundedAmount).toEqual(last.body.capturedAmount);
        expect((await charge({ amount: '10.00' })).status).not.toBe(201);
      }),
      { numRuns: 80 },
    );
  });
});

describe('faults', () => {
  test('an error before has no effect, an error after has; each fires as often as asked', async () => {
    await fault('payments', { kind: 'errorBefore', orderId: order, times: 1 });
    await fault('payments', { kind: 'errorAfter', route: 'POST /api/payments', times: 1 });
    expect(outcome(await charge())).toEqual([503, 'unavailable']);
    expect(await effects('payments')).toEqual([]);
    expect((await charge()).status).toBe(503);
    expect(await effects('payments')).toEqual(['charge']);
    expect((await charge()).status).toBe(200);
    expect(await firings('payments')).toEqual([1, 1]);
  });

  test('a fault of one order or route leaves the others alone', async () => {
    await fault('payments', { kind: 'errorBefore', orderId: 'another' });
    await fault('payments', { kind: 'errorBefore', route: 'POST /api/payments/by-key/{key}/void' });
    expect((await charge()).status).toBe(201);
    expect((await byKey('/void')).status).toBe(503);
    expect(await firings('payments')).toEqual([0, 1]);
  });

  test('too many requests carry Retry-After, and a redirect its location', async () => {
    const id = 'busy';
    await fault('auth', { id, kind: 'errorBefore', status: 429, retryAfterSeconds: 3 });
    const busy = await call('auth', 'GET /api/users/ana');
    expect([...outcome(busy), busy.headers.get('retry-after')]).toEqual([429, 'rate_limited', '3']);
    expect((await call('auth', `DELETE /admin/faults/${id}`)).body).toMatchObject({ fired: 1 });
    await fault('auth', { kind: 'errorBefore', status: 302 });
    const moved = await call('auth', 'GET /api/users/ana');
    expect([moved.status, moved.headers.get('location')]).toEqual([302, '/livez']);
  });

  test.each(['before', 'after'])('a timeout never answers; the effect is %s it', async (effect) => {
    await fault('inventory', { kind: 'timeout', effect, latencyMs: 1, times: 1 });
    await expect(reserve([line('P-1001', 1)])).rejects.toThrow('fetch failed');
    expect(await effects('inventory')).toEqual(effect === 'before' ? [] : ['reserve']);
    expect((await reserve([line('P-1001', 1)])).status).toBe(effect === 'before' ? 201 : 200);
  });

  test.each(['html', 'truncated', 'wrongShape', 'huge', 'cut'])('garbage: %s', async (variant) => {
    await fault('payments', { kind: 'garbage', variant, route: '/api/payments' });
    if (variant === 'wrongShape' || variant === 'huge') {
      const { status, body } = await charge();
      expect([status, body.transactionId]).toEqual([201, undefined]);
      if (variant === 'huge') expect(JSON.stringify(body).length).toBeGreaterThan(2 ** 24);
    } else {
      await expect(charge()).rejects.toThrow();
    }
    expect(await effects('payments')).toEqual(['charge']);
    expect(await firings('payments')).toEqual([1]);
  });

  test('a decline is a definite refusal in the words of the route', async () => {
    await fault('payments', { kind: 'decline', reason: 'fraud_suspected', times: 2 });
    const declined = await charge();
    expect([...outcome(declined), declined.body.reason]).toEqual([
      402,
      'payment_declined',
      'fraud_suspected',
    ]);
    expect(outcome(await byKey('/void'))).toEqual([422, 'refused']);
    expect((await byKey()).body).toMatchObject({ status: 'failed', reason: 'fraud_suspected' });
    for (const service of ['auth', 'products', 'inventory'] as const) {
      await fault(service, { kind: 'decline' });
    }
    expect(outcome(await reserve([line('P-1001', 1)]))).toEqual([409, 'insufficient_stock']);
    expect(outcome(await call('auth', 'GET /api/users/ana'))).toEqual([404, 'user_not_found']);
    const batch = await call('products', 'POST /api/products/batch', { ids: ['P-1001'] });
    expect(batch.body).toEqual({ products: [], missing: ['P-1001'] });
  });

  test('latency delays and lets the request through', async () => {
    await fault('payments', { kind: 'latency', latencyMs: 1 });
    expect((await charge()).status).toBe(201);
    expect(await firings('payments')).toEqual([1]);
  });

  test('the same seed decides the same way again', async () => {
    const run = async () => {
      await fault('auth', { id: 'coin', kind: 'errorBefore', probability: 0.5 });
      const answers = [];
      for (let i = 0; i < 40; i++) answers.push((await call('auth', 'GET /api/users/ana')).status);
      return answers;
    };
    const first = await run();
    expect(new Set(first)).toEqual(new Set([200, 503]));
    expect(await run()).toEqual(first);
  });

  test('a fault that could never fire is refused', async () => {
    const misspelt = await fault('payments', { kind: 'errorBefore', rout: 'POST /api/payments' });
    expect(outcome(misspelt)).toEqual([400, 'invalid_request']);
    const nowhere = await fault('payments', { kind: 'errorBefore', route: 'PUT /api/payments' });
    expect(outcome(nowhere)).toEqual([422, 'unknown_route']);
  });
});

describe('restart', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'simulators-'));
  const environment = { SIM_DATA_DIR: dataDir, AUTH_PORT: '0', PRODUCTS_PORT: '0' };
  const program = async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'dev/services/server.ts'], {
      env: { ...process.env, ...environment, INVENTORY_PORT: '0', PAYMENTS_PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [first] = (await once(child.stdout, 'data')) as [Buffer];
    return { child, urls: JSON.parse(first.toString()) as Simulators['urls'] };
  };
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  test('kill -9 and a half-written line lose no effect that was answered', async () => {
    const { child, urls } = await program();
    const post = (service: ServiceName, path: string, body: Json, headers = {}) =>
      call(service, `POST ${path}`, body, headers, urls);
    const idempotency = { 'Idempotency-Key': key() };
    const items = [line('P-1011', 3)];
    const charged = await post('payments', '/api/payments', payment(), idempotency);
    await post('inventory', '/api/inventory/reserve', { reservationId: `${order}:reserve`, items });
    const killed = once(child, 'exit');
    child.kill('SIGKILL');
    await killed;
    for (const name of ['payments', 'inventory']) {
      appendFileSync(join(dataDir, `${name}.jsonl`), '{"seq":2,"type":"refu');
    }

    const before = simulators;
    simulators = await startSimulators({ dataDir });
    try {
      const repeated = await charge();
      expect([repeated.status, repeated.body]).toEqual([200, charged.body]);
      expect((await reserve(items)).status).toBe(200);
      expect((await levels()).get('P-1011')).toMatchObject({ available: 497, held: 3 });
      await byKey('/void');
      await simulators.stop();
      simulators = await startSimulators({ dataDir });
      expect((await byKey()).body).toMatchObject({ status: 'refunded', refundedAmount: '59.98' });
      expect(await effects('payments')).toEqual(['charge', 'refund']);
    } finally {
      await simulators.stop();
      simulators = before;
    }
  });

  test('SIGTERM ends the program with 0 although clients keep their connections', async () => {
    const { child, urls } = await program();
    await call('auth', 'GET /api/users/ana', undefined, {}, urls);
    await call('payments', 'POST /admin/faults', { kind: 'timeout' }, {}, urls);
    const held = expect(
      call('payments', 'GET /api/payments/by-key/x', undefined, {}, urls),
    ).rejects.toThrow();
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    await held;
  });

  test('a taken port stops the start and leaves nothing listening', async () => {
    const taken = Number(new URL(simulators.urls.payments).port);
    const first = await startSimulators();
    const auth = Number(new URL(first.urls.auth).port);
    await first.stop();
    const ports = { auth, payments: taken };
    await expect(startSimulators({ ports })).rejects.toThrow('EADDRINUSE');
    const second = await startSimulators({ ports: { auth } });
    await second.stop();
  });
});
