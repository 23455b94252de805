import { orderIdFor } from '../../src/api/orders/order-id.ts';
import type { Operation } from '../operation-log.ts';
import type { FinalState } from './final-state.ts';
import type { Break } from './violation.ts';

const isAccepted = ({ status }: Operation) => status === 200 || status === 201 || status === 202;

/** I1: at most one order for a user and key, exactly one after a 2xx, and replays name the same one. */
export function keysHaveOneOrder({ operations, orders }: FinalState, report: Break): void {
  const byKey = new Map<string, Set<string>>();
  for (const { orderId, userId, idempotencyKey } of orders.values()) {
    if (idempotencyKey === undefined) continue;
    const key = `${userId} ${idempotencyKey}`;
    byKey.set(key, (byKey.get(key) ?? new Set()).add(orderId));
  }
  for (const [key, ids] of byKey) {
    if (ids.size > 1) report('I1', '', `${key} has the orders ${[...ids]}`);
  }
  for (const operation of placements(operations)) {
    if (!isAccepted(operation)) continue;
    const answered = orderIdIn(operation);
    const own = orderIdFor(operation.user ?? '', operation.key);
    if (answered !== own) report('I1', own, `a replay of its key answered ${answered}`);
  }
}

/** I8: what was answered with success is so for ever. */
export function answersAreKept({ operations, orders, workflows }: FinalState, report: Break): void {
  for (const operation of placements(operations)) {
    const id = orderIdFor(operation.user ?? '', operation.key);
    // A 202 promises that the order is worked on: it may be refused, and then leaves no order.
    if (operation.status === 201 && !orders.has(id)) report('I8', id, 'answered 201, and is gone');
    if (operation.status === 202 && !workflows.has(id)) {
      report('I8', id, 'answered 202, and no workflow knows it');
    }
  }
  for (const { kind, via, orderId = '', status, answer } of operations) {
    const now = orders.get(orderId)?.status;
    const isApi = via.startsWith('api');
    if (kind === 'ship' && isApi && status === 200 && now !== 'ENVIADO') {
      report('I8', orderId, `shipping was answered 200, and it is ${now}`);
    }
    if (kind === 'ship' && via === 'update' && status === 200 && now !== 'ENVIADO') {
      report('I8', orderId, `the Update said shipped, and it is ${now}`);
    }
    if (kind === 'cancel' && status === 200 && now !== 'CANCELADO') {
      report('I8', orderId, `cancelling was answered 200, and it is ${now}`);
    }
    if (kind === 'read' && status === 200 && isFinal(answer) && answer !== now) {
      report('I8', orderId, `was seen ${answer}, and is ${now}`);
    }
  }
}

const isFinal = (status: unknown) => status === 'ENVIADO' || status === 'CANCELADO';

const placements = (operations: readonly Operation[]) =>
  operations.filter(({ kind }) => kind === 'place');

function orderIdIn({ answer }: Operation): unknown {
  return (answer as { orderId?: unknown } | undefined)?.orderId;
}
