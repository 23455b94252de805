import { canTransition, type OrderStatus } from '../../src/domain/order-status.ts';
import { answersAreKept, keysHaveOneOrder } from './answers.ts';
import type { FinalState, LedgerEntry, OrderRow } from './final-state.ts';
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
    moneyIsRight(final, orderId, report);
    stockIsRight(final, orderId, report);
    hasEnded(final, orderId, report);
    historyIsLegal(final, orderId, report);
    eventsAreRight(final, orderId, report);
  }
  for (const { productId, available } of final.levels) {
    if (available < 0) report('I3', '', `${productId}: ${available} available`);
  }
  keysHaveOneOrder(final, report);
  answersAreKept(final, report);
  return violations;
}

const count = (entries: readonly LedgerEntry[], type: string) =>
  entries.filter((entry) => entry.type === type).length;

/** A bank transfer is asked for first, and captured when it has arrived. */
const isCapture = ({ type, status }: LedgerEntry) =>
  (type === 'charge' && status === 'completed') || type === 'confirm' || type === 'receive';

const isKept = (order: OrderRow | undefined) =>
  order?.status === 'ENVIADO' || order?.status === 'PAGADO';

function moneyIsRight(final: FinalState, orderId: string, report: Break): void {
  const entries = final.money.get(orderId) ?? [];
  const order = final.orders.get(orderId);
  for (const type of ['charge', 'refund', 'decline', 'confirm', 'receive']) {
    if (count(entries, type) > 1) report('I4', orderId, `${count(entries, type)} times ${type}`);
  }
  const kept = entries.filter(isCapture).length - count(entries, 'refund');
  const wanted = isKept(order) ? 1 : 0;
  if (kept !== wanted) {
    report('I2', orderId, `${order?.status ?? 'no order'}, and ${kept} captures are kept`);
  }
  for (const { type, amount, currency } of entries) {
    if (type !== 'charge') continue;
    if (amount !== order?.totalAmount || currency !== order?.currency) {
      report('I2', orderId, `charged ${amount} ${currency}, recorded ${order?.totalAmount}`);
    }
  }
  const rows = final.payments.get(orderId) ?? [];
  if (rows.length > 1) report('I4', orderId, `${rows.length} payments are recorded`);
  const said = rows[0]?.paymentStatus;
  const isRefunded = count(entries, 'refund') === 1;
  const right = isKept(order) ? 'completed' : isRefunded ? 'refunded' : 'failed';
  if (said !== undefined && said !== right) report('I10', orderId, `payment is ${said}: ${right}`);
}

function stockIsRight({ stock, orders }: FinalState, orderId: string, report: Break): void {
  const entries = stock.get(orderId) ?? [];
  for (const type of ['reserve', 'release']) {
    if (count(entries, type) > 1) report('I4', orderId, `${count(entries, type)} times ${type}`);
  }
  const held = count(entries, 'reserve') - count(entries, 'release');
  const status = orders.get(orderId)?.status;
  if (held !== (isKept(orders.get(orderId)) ? 1 : 0)) {
    report('I3', orderId, `${status ?? 'no order'}, and ${held} reservations are held`);
  }
}

function hasEnded({ workflows, orders }: FinalState, orderId: string, report: Break): void {
  const workflow = workflows.get(orderId);
  const status = orders.get(orderId)?.status;
  if (workflow !== 'COMPLETED') report('I5', orderId, `its workflow is ${workflow ?? 'missing'}`);
  if (status === 'CREADO') report('I5', orderId, 'still CREADO');
}

function historyIsLegal({ history, orders }: FinalState, orderId: string, report: Break): void {
  const order = orders.get(orderId);
  const rows = [...(history.get(orderId) ?? [])].sort((a, b) => a.version - b.version);
  if (rows.some(({ version }, index) => version !== index + 1)) {
    report('I7', orderId, `versions ${rows.map(({ version }) => version)}`);
  }
  if (order !== undefined && order.version !== rows.length) {
    report('I7', orderId, `version ${order.version}, and ${rows.length} rows of history`);
  }
  let from: OrderStatus | undefined;
  for (const { status: to } of rows) {
    if (from !== undefined && from !== to && !canTransition(from, to)) {
      report('I7', orderId, `${from} -> ${to}`);
    }
    from = to;
  }
  if (from !== order?.status) report('I10', orderId, `${order?.status}, its history says ${from}`);
}

/** Each transition has its events, first seen in version order, equal in all copies. */
function eventsAreRight(final: FinalState, orderId: string, report: Break): void {
  const rows = [...(final.history.get(orderId) ?? [])].sort((a, b) => a.version - b.version);
  const expected = rows.flatMap(({ version, status }, index) => {
    if (index === 0) return [`${orderId}:${version}:order.created`];
    if (status === rows[index - 1]?.status) return [];
    const changed = `${orderId}:${version}:order.status_changed`;
    return status === 'PAGADO' ? [`${orderId}:${version}:order.paid`, changed] : [changed];
  });
  const events = final.events.get(orderId) ?? [];
  const seen = [...new Set(events.map(({ id }) => id))];
  if (seen.join() !== expected.join()) {
    report('I6', orderId, `events ${seen.map(short)}, expected ${expected.map(short)}`);
  }
  const bodies = new Map<string, string>();
  for (const { id, body, sequence, time } of events) {
    if ((bodies.get(id) ?? body) !== body) report('I6', orderId, `copies of ${short(id)} differ`);
    bodies.set(id, body);
    const row = rows[Number(sequence) - 1];
    if (row !== undefined && row.at !== time) {
      report('I6', orderId, `${short(id)} is of ${time}, its row of ${row.at}`);
    }
  }
}

const short = (id: string) => id.split(':').slice(1).join(':');
