import { describe, expect, it } from '@jest/globals';
import { expectProblem } from '../support/api/problems.ts';
import { orderBody, request } from '../support/api/requests.ts';
import { token } from '../support/api/tokens.ts';
import { useStack } from '../support/use-stack.ts';

const stack = useStack({}, { worker: false, deadlineMs: 500 });

/** Sends this text as it is. */
async function post(text: string, path = '/api/orders') {
  return stack.app.request(path, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${await token()}`,
      'Content-Type': 'application/json',
    },
    body: text,
  });
}

const withMetadata = (key: string) => orderBody({ metadata: JSON.parse(`{"${key}": "x"}`) });

describe('a key with a meaning for BSON or JavaScript', () => {
  it.each([
    ...['_bsontype', '_id', '__proto__', '__defineGetter__', 'constructor', 'prototype', 'then'],
    ...['toJSON', 'toBSON', 'toString', 'valueOf', 'hasOwnProperty', '$set', 'a.b', '.', 'é'],
  ])('is refused in the metadata, with a pointer: %s', async (key) => {
    const body = withMetadata(key);
    const response = await request(stack, '/api/orders', { method: 'POST', body });
    const { errors } = await expectProblem(response, 400, 'validation_failed');
    expect(errors).toMatchObject([{ pointer: `#/metadata/${key}` }]);
  });

  it.each(['channel', 'gift-note', 'A_1', '1', 'length', 'x'.repeat(64)])(
    'is not any other one: %s',
    async (key) => {
      const body = withMetadata(key);
      const response = await request(stack, '/api/orders', { method: 'POST', body });
      // No worker runs: accepted is all that it can be.
      expect(response.status).toBe(202);
    },
  );

  it.each([
    ['the body', '{"__proto__": {"items": []}}', '#/__proto__'],
    ['an escaped name', '{"metadata": {"\\u005f_proto__": "x"}}', '#/metadata/__proto__'],
    ['a list', '{"items": [{"productId": "P-1001", "__proto__": 1}]}', '#/items/0/__proto__'],
  ])('is refused wherever it is: in %s', async (_name, text, pointer) => {
    const { errors } = await expectProblem(await post(text), 400, 'validation_failed');
    expect(errors).toMatchObject([{ pointer }]);
  });

  it.each([
    ['the body', orderBody({ $where: '1' }), '#', '$where'],
    [
      'a line',
      orderBody({ items: [{ productId: 'P-1', quantity: 1, _id: 1 }] }),
      '#/items/0',
      '_id',
    ],
  ])('is refused like any unknown one: in %s', async (_name, body, pointer, key) => {
    const response = await request(stack, '/api/orders', { method: 'POST', body });
    const { errors } = await expectProblem(response, 400, 'validation_failed');
    expect(errors).toMatchObject([{ pointer, keys: [key] }]);
  });

  it('is refused in a change of an order too', async () => {
    const response = await post(
      '{"__proto__": 1}',
      '/api/orders/6a0f5f3e-0000-4000-8000-000000000000/cancel',
    );
    const { errors } = await expectProblem(response, 400, 'validation_failed');
    expect(errors).toMatchObject([{ pointer: '#/__proto__' }]);
  });

  it('is looked for also where a body is nested deeper than the stack', async () => {
    const depth = 30_000;
    const text = `${'['.repeat(depth)}{"__proto__":1}${']'.repeat(depth)}`;
    await expectProblem(await post(text), 400, 'validation_failed');
    await expectProblem(await post('['.repeat(60_000)), 400, 'validation_failed');
  });
});

describe('a text', () => {
  it.each([
    ['half a character', 'a\ud83d'],
    ['a control character', 'a\u0000b'],
    ['nothing but space', ' \u00a0 '],
  ])('is refused with %s', async (_name, street) => {
    const { shippingAddress } = orderBody();
    const body = orderBody({ shippingAddress: { ...shippingAddress, street } });
    const response = await request(stack, '/api/orders', { method: 'POST', body });
    const { errors } = await expectProblem(response, 400, 'validation_failed');
    expect(errors).toMatchObject([{ pointer: '#/shippingAddress/street' }]);
  });
});
