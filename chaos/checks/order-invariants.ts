import { canTransition, type OrderStatus } from '../../src/domain/order-status.ts';
import { toMinor } from '../../src/domain/pricing/money.ts';
import type { EventRow, HistoryFact, LedgerEntry, OrderRow, PaymentRow } from './final-state.ts';
import type { Break, Violation } from './violation.ts';

/** What is known of one order from outside the service, when it has come to its end. */
export interface OrderEvidence {
  orderId: string;
  order: Pick<OrderRow, 'status' | 'version' | 'totalAmount' | 'currency' | 'refunds'> | undefined;
  /** In the order of their versions. */
  history: readonly HistoryFact[];
  payments: readonly PaymentRow[];
  money: readonly LedgerEntry[];
  stock: readonly LedgerEntry[];
  events: readonly EventRow[];
}

/** What must hold of every order, whatever happened on the way. The one list: tests ask it too. */
export function orderViolations(facts: OrderEvidence): Violation[] {
  const violations: Violation[] = [];
  const report: Break = (invariant, orderId, what) =>
    void violations.push({ invariant, orderId, what });
  for (const check of [moneyIsRight, paymentIsRight, stockIsRight, historyIsLegal, eventsAreRight])
    check(facts, report);
  return violations;
}

const count = (entries: readonly LedgerEntry[], type: string) =>
  entries.filter((entry) => entry.type === type).length;

/** A bank transfer is asked for first, and captured when it has arrived. */
const isCapture = ({ type, status }: LedgerEntry) =>
  (type === 'charge' && status === 'completed') || type === 'confirm' || type === 'receive';

const isVoid = ({ type, cause }: LedgerEntry) => type === 'refund' && cause !== 'request';

/** In minor units: what was given back of an order that is kept. */
function givenBack({ order, money }: OrderEvidence) {
  const currency = order?.currency ?? 'EUR';
  const sum = (amounts: readonly (string | undefined)[]) =>
    amounts.reduce((all, amount) => all + toMinor(amount ?? '0', currency), 0);
  return {
    recorded: sum(order?.refunds ?? []),
    paid: sum(money.filter(({ cause }) => cause === 'request').map(({ amount }) => amount)),
    total: toMinor(order?.totalAmount ?? '0', currency),
  };
}

const isKept = ({ order }: OrderEvidence) =>
  order?.status === 'ENVIADO' || order?.status === 'PAGADO';

/** Money is captured once, in the amount recorded, and kept for orders that are kept alone. */
function moneyIsRight(facts: OrderEvidence, report: Break): void {
  const { orderId, order, money, history } = facts;
  for (const type of ['charge', 'confirm', 'receive']) {
    if (count(money, type) > 1) report('I4', orderId, `${count(money, type)} times ${type}`);
  }
  const voids = money.filter(isVoid).length;
  if (voids > 1) report('I4', orderId, `${voids} times refund`);
  const { recorded, paid, total } = givenBack(facts);
  if (paid > total) report('I2', orderId, `${paid} given back of ${total}`);
  // Of money that a person vouched for, Payments may know or not.
  const isVouchedFor = history.some(({ comment }) => /^payment .* confirmed/.test(comment));
  if (paid !== recorded && !isVouchedFor) {
    report('I2', orderId, `${paid} given back, ${recorded} recorded`);
  }
  const kept = money.filter(isCapture).length - voids;
  const isRight = isKept(facts) ? kept === 1 || isVouchedFor : kept === 0;
  if (!isRight) report('I2', orderId, `${order?.status ?? 'no order'}, and ${kept} captures kept`);
  for (const { type, amount, currency } of money) {
    if (type !== 'charge') continue;
    if (`${amount}` !== order?.totalAmount || currency !== order?.currency) {
      report('I2', orderId, `charged ${amount} ${currency}, recorded ${order?.totalAmount}`);
    }
  }
}

/** The payment says what the ledger says; of what a person vouched for, what a person said last. */
function paymentIsRight(facts: OrderEvidence, report: Break): void {
  const { orderId, payments, money, history } = facts;
  // An attempt to pay that was declined may be followed by another.
  const attempts = Math.max(count(money, 'decline') + 1, 1);
  if (payments.length > attempts) report('I4', orderId, `${payments.length} payments are recorded`);
  const saidByPerson = history.map(({ comment }) => comment).findLast(isRefundByPerson);
  const isRefunded = saidByPerson
    ? saidByPerson.startsWith('refund')
    : money.filter(isVoid).length === 1;
  const gone = isRefunded ? 'refunded' : 'failed';
  const right = isKept(facts) ? keptAs(facts) : gone;
  for (const [index, { paymentStatus }] of payments.entries()) {
    const wanted = index < payments.length - 1 ? 'failed' : right;
    if (paymentStatus !== wanted) report('I10', orderId, `payment is ${paymentStatus}: ${wanted}`);
  }
}

function keptAs(facts: OrderEvidence): string {
  const { recorded, total } = givenBack(facts);
  if (recorded === 0) return 'completed';
  return recorded === total ? 'refunded' : 'partially_refunded';
}

const isRefundByPerson = (comment: string) =>
  /^(refund .* confirmed|nothing to refund)/.test(comment);

function stockIsRight(facts: OrderEvidence, report: Break): void {
  const { orderId, order, stock } = facts;
  for (const type of ['reserve', 'release']) {
    if (count(stock, type) > 1) report('I4', orderId, `${count(stock, type)} times ${type}`);
  }
  const held = count(stock, 'reserve') - count(stock, 'release');
  if (held !== (isKept(facts) ? 1 : 0)) {
    report('I3', orderId, `${order?.status ?? 'no order'}, and ${held} reservations are held`);
  }
}

/** Versions have no gaps, and every transition is legal. */
function historyIsLegal({ orderId, order, history }: OrderEvidence, report: Break): void {
  if (history.some(({ version }, index) => version !== index + 1)) {
    report('I7', orderId, `versions ${history.map(({ version }) => version)}`);
  }
  if (order !== undefined && order.version !== history.length) {
    report('I7', orderId, `version ${order.version}, and ${history.length} rows of history`);
  }
  let from: OrderStatus | undefined;
  for (const { status: to } of history) {
    if (from !== undefined && from !== to && !canTransition(from, to)) {
      report('I7', orderId, `${from} -> ${to}`);
    }
    from = to;
  }
  if (from !== order?.status) report('I10', orderId, `${order?.status}, its history says ${from}`);
}

/** Each transition has its events, first seen in version order, equal in all copies. */
function eventsAreRight({ orderId, order, history, events }: OrderEvidence, report: Break): void {
  const expected = history.flatMap(({ version, status, comment }, index) => {
    if (index === 0) return [`${orderId}:${version}:order.created`];
    if (/^[\d.]+ [A-Z]{3} refunded$/.test(comment)) return [`${orderId}:${version}:order.refunded`];
    if (comment === 'shipping address changed') {
      return [`${orderId}:${version}:order.address_changed`];
    }
    if (comment === 'delivered') return [`${orderId}:${version}:order.delivered`];
    if (status === history[index - 1]?.status) return [];
    const changed = `${orderId}:${version}:order.status_changed`;
    return status === 'PAGADO' ? [`${orderId}:${version}:order.paid`, changed] : [changed];
  });
  // What happens at once after the shipment is told in any order.
  const isLater = (id: string) => /:order\.(refunded|delivered)$/.test(id);
  const ids = [...new Set(events.map(({ id }) => id))];
  const seen = [...ids.filter((id) => !isLater(id)), ...ids.filter(isLater).sort(byVersion)];
  if (seen.join() !== expected.join()) {
    report('I6', orderId, `events ${seen.map(short)}, expected ${expected.map(short)}`);
  }
  const bodies = new Map<string, string>();
  for (const { id, type, body, sequence, time, amount } of events) {
    if ((bodies.get(id) ?? body) !== body) report('I6', orderId, `copies of ${short(id)} differ`);
    bodies.set(id, body);
    const at = history[Number(sequence) - 1]?.at;
    if (at !== undefined && at !== time) {
      report('I6', orderId, `${short(id)} is of ${time}, its row of ${at}`);
    }
    const isWhole = type !== 'order.refunded' && amount !== undefined;
    if (isWhole && amount !== Number(order?.totalAmount)) {
      report('I6', orderId, `${short(id)} is over ${amount}, recorded ${order?.totalAmount}`);
    }
  }
}

const short = (id: string) => id.split(':').slice(1).join(':');

function byVersion(a: string, b: string): number {
  return Number(a.split(':')[1]) - Number(b.split(':')[1]);
}
