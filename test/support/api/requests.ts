import type { Stack } from '../stack.ts';
import { expectDocumented } from './documented.ts';
import { token } from './tokens.ts';

export const address = {
  street: 'Calle Mayor 1',
  city: 'Madrid',
  state: 'Madrid',
  postalCode: '28013',
  country: 'ES',
};

/** A body of POST /api/orders; two blue mugs unless told. */
export function orderBody(overrides: Record<string, unknown> = {}) {
  return {
    items: [{ productId: 'P-1001', quantity: 2 }],
    shippingAddress: address,
    paymentMethod: 'credit_card',
    ...overrides,
  };
}

interface RequestOptions {
  method?: string;
  body?: unknown;
  sub?: string;
  role?: string;
  headers?: Record<string, string>;
}

/**
 * One request with a valid token, as `ana` unless told; the body goes out as JSON. Fails when it is
 * answered in a way that the OpenAPI document does not know.
 */
export async function request(
  stack: Pick<Stack, 'app'>,
  path: string,
  options: RequestOptions = {},
) {
  const { method = 'GET', body, sub, role, headers } = options;
  const response = await stack.app.request(path, {
    method,
    headers: {
      Authorization: `Bearer ${await token({ sub, role })}`,
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  await expectDocumented(stack.app, { method, path }, response);
  return response;
}

export async function placeOrder(stack: Pick<Stack, 'app'>, overrides?: Record<string, unknown>) {
  return request(stack, '/api/orders', { method: 'POST', body: orderBody(overrides) });
}

export async function ship(stack: Pick<Stack, 'app'>, orderId: string) {
  return request(stack, `/api/orders/${orderId}/status`, {
    method: 'PATCH',
    sub: 'admin',
    role: 'admin',
    body: { status: 'ENVIADO', carrier: 'Correos', trackingNumber: 'CX123' },
  });
}
