import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { orderIdFor } from '../../src/api/orders/order-id.ts';
import { address, orderBody, request } from '../support/api/requests.ts';
import { eventually } from '../support/eventually.ts';
import { documents, type OrderAnswer } from '../support/orders/orders.ts';
import { ledger, types } from '../support/services/services.ts';
import { useStack } from '../support/use-stack.ts';

const stack = useStack({ transferPollMs: 100, transferExpiryMs: 500 });

const RUNS = Number(process.env.FC_NUM_RUNS ?? 60);

/** Names that mean something to JavaScript, to BSON, or to MongoDB, and some that do not. */
const keys = fc.oneof(
  fc.constantFrom(
    ...['_bsontype', '__proto__', 'constructor', 'prototype', 'toJSON', 'toBSON', 'then', '_id'],
    ...['$set', '$where', 'a.b', '', 'valueOf', 'hasOwnProperty', '__defineGetter__', 'length'],
    ...['channel', 'gift-note', 'a_b', '1', 'status', 'version', 'uuid', 'Ünï'],
  ),
  fc.string({ maxLength: 70 }),
);
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
  fc.string({ unit: fc.constantFrom('\ud83d', '\udc36', 'a', ' ', '\u0000', '\u202e', 'ß') }),
  fc.constantFrom('tok_declined', 'ObjectID', 'Long', '$ne', '1e400', '59.98', 'EUR', 'CREADO'),
);
const numbers = fc.constantFrom(0, -0, 1, 2, -1, 1.5, 1e21, 1e-7, 1000, 2 ** 53, 39.98);
const leaves = fc.oneof(texts, numbers, fc.boolean(), fc.constant(null));

/** Any JSON at all, with any keys: `__proto__` becomes one of the object's own, as in JSON. */
const anything = fc.letrec<{ json: unknown; list: unknown; object: unknown }>((tie) => ({
  json: fc.oneof({ maxDepth: 3 }, leaves, tie('list'), tie('object')),
  list: fc.array(tie('json'), { maxLength: 3 }),
  object: fc.array(fc.tuple(keys, tie('json')), { maxLength: 3 }).map(withEntries),
})).json;

/** Bodies that fit the schema, mostly: some of their products, prices and amounts do not. */
const fitting = fc.record(
  {
    items: fc.array(
      fc.record({
        productId: fc.constantFrom(
          'P-1001',
          'P-1009',
          'P-1010',
          'P-2001',
          'P-1013',
          'P-1014',
          '__proto__',
        ),
        quantity: fc.constantFrom(1, 2, 3, 1000),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    shippingAddress: fc.record({
      street: texts,
      city: fc.constantFrom('Madrid', '東京'),
      state: fc.constant('-'),
      postalCode: fc.constant('28013'),
      country: fc.constantFrom('ES', 'XX'),
    }),
    billingAddress: fc.constant(address),
    paymentMethod: fc.constantFrom('credit_card', 'paypal', 'bank_transfer'),
    paymentToken: texts,
    currency: fc.constantFrom('EUR', 'EUR', 'USD', 'XTS'),
    expectedTotal: fc.oneof(numbers, fc.constantFrom('19.99', '19.990', '1')),
    metadata: fc.array(fc.tuple(keys, texts), { maxLength: 3 }).map(withEntries),
  },
  { requiredKeys: ['items', 'shippingAddress', 'paymentMethod'] },
);

const field = fc.constantFrom(
  ...['items', 'shippingAddress', 'billingAddress', 'paymentMethod', 'paymentToken', 'currency'],
  ...['expectedTotal', 'metadata'],
);
/** A body that is right in every field but one, which is anything; or that has one field more. */
const oneField = fc
  .tuple(fc.oneof(field, keys), anything)
  .map((entry) => withEntries([...Object.entries(orderBody()), entry]));
/** Only what is free in a body: the texts and the metadata. */
const freeParts = fc
  .record({
    paymentToken: texts,
    metadata: fc.array(fc.tuple(keys, texts), { maxLength: 2 }).map(withEntries),
  })
  .map((parts) => orderBody(parts));

function withEntries(entries: readonly (readonly [string, unknown])[]): unknown {
  const members = entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  return JSON.parse(`{${members.join(',')}}`);
}

describe('a request to place an order, whatever it says', () => {
  it('is refused with nothing left behind, or becomes an order that can be read and comes to rest', async () => {
    const statuses = new Map<number, number>();
    const examples = ['_bsontype', '__proto__', 'constructor', 'toJSON'].map((key): [unknown] => [
      orderBody({ metadata: withEntries([[key, 'x']]) }),
    ]);
    await fc.assert(
      fc.asyncProperty(fc.oneof(fitting, oneField, freeParts), async (body) => {
        const status = await place(body);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }),
      { numRuns: RUNS, endOnFailure: true, examples },
    );
    // Else nothing much was tried.
    expect(statuses.get(201) ?? 0).toBeGreaterThan(0);
    expect(statuses.get(400) ?? 0).toBeGreaterThan(0);
  }, 600_000);
});

/** Places an order, checks what became of it, and answers the status of the response. */
async function place(body: unknown): Promise<number> {
  const key = randomUUID();
  const orderId = orderIdFor('ana', key);
  const headers = { 'Idempotency-Key': key };
  const response = await request(stack, '/api/orders', { method: 'POST', body, headers });
  const answer = (await response.json()) as Record<string, unknown>;
  const { status } = response;
  if (status === 201) expect(answer).toMatchObject({ orderId });
  else
    expect([status, answer]).toEqual([
      expect.any(Number),
      expect.objectContaining({ status, code: expect.any(String) }),
    ]);
  expect([201, 400, 409, 422]).toContain(status);

  const isRecorded = status === 201 || answer.code === 'insufficient_stock';
  if (isRecorded) await expectRest(orderId, body as ReturnType<typeof orderBody>);
  else await expectNothing(orderId);
  return status;
}

async function expectRest(orderId: string, body: { items: unknown[]; metadata?: object }) {
  const order = await eventually(async () => {
    const response = await request(stack, `/api/orders/${orderId}`);
    const found = (await response.json()) as OrderAnswer;
    expect([response.status, found]).toMatchObject([200, { orderId }]);
    expect(['PAGADO', 'CANCELADO']).toContain(found.status);
    return found;
  });
  expect(order.items).toHaveLength(body.items.length);
  const sent = Object.entries(body.metadata ?? {}).map(([key, text]) => [key, `${text}`.trim()]);
  expect(Object.entries(order.metadata ?? {}).sort()).toEqual(sent.sort());
  await eventually(async () => {
    const effects = types(await ledger(stack, 'inventory', orderId));
    const count = (type: string) => effects.filter((effect) => effect === type).length;
    expect(count('reserve') - count('release')).toBe(order.status === 'PAGADO' ? 1 : 0);
  });
  const { history } = await documents(stack, orderId);
  expect(history.map(({ version }) => version)).toEqual(history.map((_row, index) => index + 1));
}

async function expectNothing(orderId: string): Promise<void> {
  expect(await documents(stack, orderId)).toEqual({
    order: null,
    items: [],
    history: [],
    payments: [],
  });
  expect(await ledger(stack, 'inventory', orderId)).toEqual([]);
  expect(await ledger(stack, 'payments', orderId)).toEqual([]);
}
