import { expect } from '@jest/globals';
import { handleOf } from '../operators/operators.ts';
import type { Stack } from '../stack.ts';
import { request } from './requests.ts';

export type Api = Pick<Stack, 'app'>;

/** Ana cancels her order. */
export const cancel = (api: Api, orderId: string, reason?: string, headers = {}) =>
  request(api, `/api/orders/${orderId}/cancel`, { method: 'POST', body: { reason }, headers });

/** An admin changes an order's status. */
export const change = (api: Api, orderId: string, body: object, headers = {}) =>
  request(api, `/api/orders/${orderId}/status`, {
    method: 'PATCH',
    body,
    headers,
    sub: 'olga',
    role: 'admin',
  });

export const shipment = { status: 'ENVIADO', carrier: 'Correos', trackingNumber: 'CX123' };

export async function expectOrder(response: Response, order: object): Promise<void> {
  expect([response.status, await response.json()]).toMatchObject([200, order]);
}

/** The number of Updates of this name that the order's workflow has accepted. */
export async function acceptedUpdates(
  stack: Stack,
  orderId: string,
  name: string,
): Promise<number> {
  const { events } = await handleOf(stack, orderId).fetchHistory();
  const accepted = events?.map((event) => event.workflowExecutionUpdateAcceptedEventAttributes);
  return (accepted ?? []).filter((one) => one?.acceptedRequest?.input?.name === name).length;
}
