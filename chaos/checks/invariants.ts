import { answersAreKept, keysHaveOneOrder } from './answers.ts';
import type { FinalState } from './final-state.ts';
import { orderViolations } from './order-invariants.ts';
import type { Break, Violation } from './violation.ts';

/** Everything that must hold once all orders have come to their end. */
export function findViolations(final: FinalState): Violation[] {
  const violations: Violation[] = [];
  const report: Break = (invariant, orderId, what) =>
    void violations.push({ invariant, orderId, what });
  const ids = new Set([
    ...final.orders.keys(),
    ...final.money.keys(),
    ...final.stock.keys(),
    ...final.workflows.keys(),
  ]);
  ids.delete('');
  for (const orderId of ids) {
    violations.push(...orderViolations(factsOf(final, orderId)));
    hasEnded(final, orderId, report);
  }
  for (const { productId, available } of final.levels) {
    if (available < 0) report('I3', '', `${productId}: ${available} available`);
  }
  keysHaveOneOrder(final, report);
  answersAreKept(final, report);
  return violations;
}

function factsOf(final: FinalState, orderId: string) {
  return {
    orderId,
    order: final.orders.get(orderId),
    history: (final.history.get(orderId) ?? []).toSorted((a, b) => a.version - b.version),
    payments: final.payments.get(orderId) ?? [],
    money: final.money.get(orderId) ?? [],
    stock: final.stock.get(orderId) ?? [],
    events: final.events.get(orderId) ?? [],
  };
}

function hasEnded({ workflows, orders }: FinalState, orderId: string, report: Break): void {
  const workflow = workflows.get(orderId);
  const status = orders.get(orderId)?.status;
  if (workflow !== 'COMPLETED') report('I5', orderId, `its workflow is ${workflow ?? 'missing'}`);
  if (status === 'CREADO') report('I5', orderId, 'still CREADO');
}
