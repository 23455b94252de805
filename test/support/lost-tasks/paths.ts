import { eventually } from '../eventually.ts';
import { storedOrders } from '../orders/stored-orders.ts';
import type { Fault, Path, TestOrder } from './test-order.ts';

const CHARGE = 'POST /api/payments';
const failing = (service: Fault['service'], route: string, kind: string) => (order: TestOrder) => [
  { service, route, kind, orderId: order.orderId },
];
const chargeFails = failing('payments', CHARGE, 'errorBefore');
const chargeIsUnknown = failing('payments', CHARGE, 'errorAfter');
const reservationFails = failing('inventory', 'POST /api/inventory/reserve', 'errorAfter');

const ship = (order: TestOrder) => order.act('markShipped', 'update');
const cancel = (order: TestOrder) => order.act('cancelOrder', 'update');
const confirm = (order: TestOrder) => order.act('confirmPayment', 'update');
const gateway = (action: string) => async (order: TestOrder) => {
  const key = encodeURIComponent(`${order.orderId}:charge`);
  const url = `${order.stack.simulators.urls.payments}/admin/payments/${key}/${action}`;
  // Refused when the payment is not pending any more.
  await fetch(url, { method: 'POST' });
};
const retry = async (order: TestOrder) => {
  await order.repair();
  await order.act('retry', 'signal');
};

/** Another order gets the key of this one, which cannot be recorded until that is gone. */
async function takeKey({ stack, userId, key, handle }: TestOrder): Promise<() => Promise<void>> {
  // The API would find the other order.
  await eventually(() => handle.describe());
  const createdAt = new Date().toISOString();
  const [other] = await storedOrders(stack.db, userId, [{ createdAt, idempotencyKey: key }]);
  return async () => {
    await stack.db.collection('orders').deleteOne({ uuid: other });
  };
}

/** Soon stuck. */
const quick = { retryMs: 300 };
const keyIsTaken: Omit<Path, 'name'> = {
  isAlone: true,
  // Time for taking the key, and none for a failure: the order must not be stuck at the check.
  faults: ({ userId }) => [
    {
      ...{ service: 'auth', route: `GET /api/users/${userId}`, kind: 'latency' },
      ...{ latencyMs: 700, times: 1 },
    },
  ],
  hold: takeKey,
  policy: quick,
};
const transfer = { paymentMethod: 'bank_transfer' };

export const paths: Path[] = [
  { name: 'paid and shipped', on: { paid: ship } },
  { name: 'declined', body: { paymentToken: 'tok_declined' } },
  { name: 'out of stock', isAlone: true, stock: 0 },
  { name: 'of an unknown user', userId: 'nobody' },
  { name: 'transfer received', body: transfer, on: { pending: gateway('confirm'), paid: ship } },
  { name: 'transfer confirmed by an operator', body: transfer, on: { pending: confirm } },
  { name: 'transfer expired', body: transfer, policy: { transferExpiryMs: 2_000 } },
  { name: 'transfer cancelled', body: transfer, on: { pending: cancel } },
  {
    name: 'cancelled while charging',
    faults: ({ orderId }) => [
      { service: 'payments', route: CHARGE, kind: 'latency', latencyMs: 1_500, orderId },
    ],
    on: { charging: cancel },
  },
  { name: 'cancelled after it was paid', on: { paid: cancel } },
  {
    name: 'stuck at the charge, retried',
    faults: chargeFails,
    policy: quick,
    on: { stuck: retry },
  },
  {
    name: 'stuck at the charge, cancelled',
    faults: chargeFails,
    policy: quick,
    on: { stuck: cancel },
  },
  {
    name: 'stuck at the charge, confirmed',
    faults: chargeFails,
    policy: quick,
    on: { stuck: confirm },
  },
  {
    name: 'stuck at a charge that was made, confirmed',
    faults: chargeIsUnknown,
    policy: quick,
    on: { stuck: confirm },
  },
  { name: 'given up at the reservation', faults: reservationFails, policy: quick },
  {
    name: 'stuck at the check, cancelled',
    isAlone: true,
    faults: ({ userId }) => [
      { service: 'auth', route: `GET /api/users/${userId}`, kind: 'errorBefore' },
    ],
    policy: quick,
    on: { stuck: cancel },
  },
  { name: 'stuck at placing, cancelled', ...keyIsTaken, on: { stuck: cancel } },
  { name: 'stuck at placing, retried', ...keyIsTaken, on: { stuck: retry } },
];
