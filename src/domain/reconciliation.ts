import type { PaymentMethod, PaymentStatus } from './order.ts';
import type { OrderStatus } from './order-status.ts';

/** What each party says of one order. Amounts in minor units. */
export interface OrderFacts {
  orderId: string;
  /** Whether the order's workflow runs: then it is the only writer. */
  isAlive: boolean;
  /** As it is in MongoDB; absent when it was never recorded. */
  order?: RecordedOrder;
  /** The key of its payment, at Payments. */
  paymentKey: string;
  /** What Payments knows under that key; absent when nothing. */
  gateway?: GatewayPayment;
  /** Refunds that nobody works on: their workflow was ended by hand. */
  abandonedRefunds: string[];
  /** Whether Inventory holds stock for it. */
  isStockHeld: boolean;
  /** Who answered for this order what cannot be read, while it answers for others, and why. */
  unreadable: string[];
}

export interface RecordedOrder {
  userId: string;
  status: OrderStatus;
  version: number;
  totalAmount: number;
  currency: string;
  /** Of the last attempt to pay; those before it were declined, and closed. */
  payment?: {
    key: string;
    status: PaymentStatus;
    method: PaymentMethod;
    transactionId?: string;
  };
  /** What was given back after the sale, and the refunds that are not at their end. */
  refunds: { completed: number; open: string[] };
  /** An operator vouched for the payment: it need not be in Payments. */
  isConfirmedByHand: boolean;
  /** Another service placed it: its payment and its stock have keys that are not known here. */
  isImported: boolean;
}

export const gatewayStatuses = [
  'completed',
  'pending',
  'refunded',
  'voided',
  'failed',
  'expired',
] as const;

export interface GatewayPayment {
  status: (typeof gatewayStatuses)[number];
  transactionId?: string;
  method?: PaymentMethod;
  /** Absent on a key that was voided before its charge came. */
  amount?: number;
  /** What of it was given back; absent when Payments does not tell. */
  refunded?: number;
  currency?: string;
}

/** Discrepancies that a person has to judge, the one that explains most first. */
const reportKinds = [
  'unreadable',
  'abandonedPaid',
  'abandonedImport',
  'manualRefundDue',
  'paidTwice',
  'amountDiffers',
  'paidWithoutCharge',
  'refundMissing',
] as const;

/** Discrepancies that can be repaired safely: the repair is idempotent and takes from nobody. */
const repairKinds = [
  'abandoned',
  'moneyWithoutOrder',
  'paymentUnsettled',
  'stockHeld',
  'paidUnrecorded',
  'refundAbandoned',
  'refundUnrecorded',
] as const;

export type ReportKind = (typeof reportKinds)[number];
export type RepairKind = (typeof repairKinds)[number];
export type DiscrepancyKind = ReportKind | RepairKind;

export interface Discrepancies {
  repair: RepairKind[];
  report: ReportKind[];
}

/**
 * Compares what the parties say. While the order's workflow runs, only what it cannot repair by
 * itself counts; once it is gone, nobody else will. What is shipped is never compensated.
 */
export function findDiscrepancies(facts: OrderFacts): Discrepancies {
  const { order, isAlive, unreadable } = facts;
  if (unreadable.length > 0) return { repair: [], report: ['unreadable'] };
  if (order?.isImported) return { repair: [], report: abandonedImport(facts) };
  switch (order?.status) {
    case undefined:
    case 'CANCELADO':
      return isAlive ? { repair: [], report: [] } : leftOver(facts);
    case 'CREADO':
      // The compensation of an abandoned order gives back whatever was captured.
      return isAlive
        ? { repair: [], report: moneyReports(facts) }
        : { repair: ['abandoned'], report: [] };
    case 'PAGADO':
      return {
        repair: unrecorded(facts),
        report: isAlive ? moneyReports(facts) : [...moneyReports(facts), 'abandonedPaid'],
      };
    case 'ENVIADO':
      return {
        repair: [...unrecorded(facts), ...refundRepairs(facts)],
        report: [...moneyReports(facts), ...refundReports(facts)],
      };
  }
}

/** The kind that an order with several of them is counted as; undefined when all agree. */
export function mainKind({ repair, report }: Discrepancies): DiscrepancyKind | undefined {
  return reportKinds.find((kind) => report.includes(kind)) ?? repair[0];
}

/**
 * Whether a person vouched for money that Payments has neither captured nor given back: then only
 * a person can give it back, and no answer of Payments settles it.
 */
export function isOwedByHand({ order, gateway }: OrderFacts): boolean {
  if (!order?.isConfirmedByHand) return false;
  const hadMoney = gateway?.status === 'completed' || gateway?.status === 'refunded';
  return !(hadMoney && gateway.transactionId === order.payment?.transactionId);
}

/** What an order that is not, or is no more, has left behind. */
function leftOver(facts: OrderFacts): Discrepancies {
  const { order, gateway, isStockHeld } = facts;
  const owed = isOwedByHand(facts);
  const recorded = order?.payment?.status ?? 'failed';
  const isSettled = recorded === 'failed' || recorded === 'refunded';
  const repair: RepairKind[] = [];
  if (gateway?.status === 'completed') repair.push('moneyWithoutOrder');
  else if (gateway?.status === 'pending' || (!isSettled && !owed)) repair.push('paymentUnsettled');
  if (isStockHeld) repair.push('stockHeld');
  return { repair, report: owed && !isSettled ? ['manualRefundDue'] : [] };
}

function moneyReports(facts: OrderFacts): ReportKind[] {
  if (isPaidTwice(facts)) return ['paidTwice'];
  if (differs(facts)) return ['amountDiffers'];
  return lacksCharge(facts) ? ['paidWithoutCharge'] : [];
}

/** A person confirmed one payment, and Payments captured another under the order's key. */
function isPaidTwice(facts: OrderFacts): boolean {
  const { order, gateway } = facts;
  return order?.status !== 'CREADO' && gateway?.status === 'completed' && isOwedByHand(facts);
}

function differs({ order, gateway }: OrderFacts): boolean {
  const counts =
    gateway?.status === 'completed' || (gateway?.status === 'pending' && !order?.isConfirmedByHand);
  return counts && (gateway.amount !== order?.totalAmount || gateway.currency !== order?.currency);
}

function lacksCharge({ order, gateway }: OrderFacts): boolean {
  if (order?.status !== 'PAGADO' && order?.status !== 'ENVIADO') return false;
  // What was given back after the sale had been charged.
  const isCharged =
    gateway?.status === 'completed' ||
    (order.status === 'ENVIADO' && gateway?.status === 'refunded');
  return !order.isConfirmedByHand && !isCharged;
}

const PAID: readonly PaymentStatus[] = ['completed', 'partially_refunded', 'refunded'];

function unrecorded(facts: OrderFacts): RepairKind[] {
  const { order, gateway, isAlive } = facts;
  if (isAlive || gateway?.status !== 'completed' || moneyReports(facts).length > 0) return [];
  const recorded = order?.payment?.status ?? 'unknown';
  return PAID.includes(recorded) ? [] : ['paidUnrecorded'];
}

/** What Payments has given back of the order's money, in minor units. */
function givenBack({ gateway }: OrderFacts): number {
  const all = gateway?.status === 'refunded' ? gateway.amount : 0;
  return gateway?.refunded ?? all ?? 0;
}

/** More than is recorded here was given back at the provider: it is taken over as it is. */
export function unrecordedRefund(facts: OrderFacts): number {
  const { order } = facts;
  if (order === undefined || order.isConfirmedByHand || order.refunds.open.length > 0) return 0;
  return Math.max(givenBack(facts) - order.refunds.completed, 0);
}

function refundRepairs(facts: OrderFacts): RepairKind[] {
  if (facts.abandonedRefunds.length > 0) return ['refundAbandoned'];
  return !facts.isAlive && unrecordedRefund(facts) > 0 ? ['refundUnrecorded'] : [];
}

/** Less than is recorded here was given back: the customer may wait for it. */
function refundReports(facts: OrderFacts): ReportKind[] {
  const { order, gateway } = facts;
  if (order === undefined || order.isConfirmedByHand || gateway === undefined) return [];
  return givenBack(facts) < order.refunds.completed ? ['refundMissing'] : [];
}

function abandonedImport({ order, isAlive }: OrderFacts): ReportKind[] {
  const isOpen = order?.status === 'CREADO' || order?.status === 'PAGADO';
  return isOpen && !isAlive ? ['abandonedImport'] : [];
}
