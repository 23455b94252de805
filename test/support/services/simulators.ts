import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import {
  type ServiceName,
  type Simulators,
  startSimulators,
} from '../../../simulators/simulators.ts';

export type Json = Record<string, unknown>;
export type Entry = {
  type: string;
  key: string;
  amount?: string;
  status?: string;
  refundKey?: string;
};

/** The simulators of a test file, and the order that its present test is about. */
export const world = { simulators: undefined as unknown as Simulators, order: '', orders: 0 };

/** Goes on to the next order, within a test. */
export function nextOrder(): void {
  world.orders += 1;
  world.order = `order-${world.orders}`;
}

/** Simulators of the test file's own, without faults and with a new order for each test. */
export function useSimulators(): void {
  beforeAll(async () => {
    world.simulators = await startSimulators({ seed: 7 });
  });
  beforeEach(async () => {
    nextOrder();
    for (const service of ['auth', 'products', 'inventory', 'payments'] as const) {
      await call(service, 'DELETE /admin/faults');
    }
  });
  afterAll(() => world.simulators.stop());
}

export const call = async (
  service: ServiceName,
  line: string,
  body?: unknown,
  headers: Record<string, string> = {},
  urls = world.simulators.urls,
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

export const outcome = ({ status, body }: { status: number; body: Json }) => [status, body.code];
export const key = () => `${world.order}:charge`;
export const payment = (change: Json = {}) => {
  return {
    orderId: world.order,
    amount: '59.98',
    currency: 'EUR',
    method: 'credit_card',
    ...change,
  };
};
export const charge = (change: Json = {}, as = key()) =>
  call('payments', 'POST /api/payments', payment(change), { 'Idempotency-Key': as });
export const byKey = (action: '' | '/void' = '') =>
  call('payments', `${action ? 'POST' : 'GET'} /api/payments/by-key/${key()}${action}`);
export const refund = (refundKey: string, amount: string) =>
  call(
    'payments',
    `POST /api/payments/by-key/${key()}/refund`,
    { amount },
    { 'Idempotency-Key': refundKey },
  );
export const bank = (action: string, body?: Json) =>
  call('payments', `POST /admin/payments/${key()}/${action}`, body);
export const reserve = (items: Json[], id = `${world.order}:reserve`) =>
  call('inventory', 'POST /api/inventory/reserve', { reservationId: id, items });
export const release = (id = `${world.order}:reserve`) =>
  call('inventory', `DELETE /api/inventory/reserve/${id}`);
export const line = (productId: string, quantity: number) => ({ productId, quantity });
export const ledger = async (service: ServiceName, of = world.order) =>
  (await call(service, `GET /admin/ledger?orderId=${of}`)).body.entries as Entry[];
export const effects = async (service: ServiceName) =>
  (await ledger(service)).map(({ type }) => type);
export const levels = async () => {
  const { stock } = (await call('inventory', 'GET /admin/state')).body;
  return new Map(
    (stock as { productId: string; available: number; held: number }[]).map((level) => [
      level.productId,
      level,
    ]),
  );
};
export const fault = (service: ServiceName, body: Json) =>
  call(service, 'POST /admin/faults', body);
export const firings = async (service: ServiceName) =>
  ((await call(service, 'GET /admin/faults')).body.faults as Json[]).map(({ fired }) => fired);
