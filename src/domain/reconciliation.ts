import type { PaymentMethod, PaymentStatus } from './order.ts';
import type { OrderStatus } from './order-status.ts';

/** What each party says of one order. Amounts in minor units. */
export interface OrderFacts {
  orderId: string;
  /** Whether the order's workflow runs: then it is the only writer. */
  isAlive: boolean;
  /** As it lies in MongoDB; absent when it was never recorded. */
  order?: RecordedOrder;
  /** What Payments knows under the order's key; absent when nothing. */
  gateway?: GatewayPayment;
  /** Whether Inventory holds stock for it. */
  isStockHeld: boolean;
}

export interface RecordedOrder {
  userId: string;
  status: OrderStatus;
  version: number;
  totalAmount: number;
  currency: string;
  payment?: { status: PaymentStatus; method: PaymentMethod; transactionId?: string };
  /** An operator vouched for the payment: it need not be in Payments. */
  isConfirmedByHand: boolean;
}

export interface GatewayPayment {
  status: 'completed' | 'pending' | 'refunded' | 'voided' | 'failed' | 'expired';
  transactionId?: string;
  method?: PaymentMethod;
  /** Absent on a key that was voided before its charge came. */
  amount?: number;
  currency?: string;
}

/** Disagreements that can be mended safely: what is done is idempotent and takes from nobody. */
export type Mendable =
  | 'moneyWithoutOrder'
  | 'paymentUnsettled'
  | 'stockHeld'
  | 'abandoned'
  | 'paidUnrecorded';

/** Disagreements that a person has to judge. */
export type Reportable = 'paidWithoutCharge' | 'abandonedPaid';

export interface Verdict {
  mend: Mendable[];
  report: Reportable[];
}

/**
 * Compares what the parties say. While the order's workflow runs, only what it cannot repair by
 * itself counts; once it is gone, nobody else will.
 */
export function judge(facts: OrderFacts): Verdict {
  const { order, isAlive } = facts;
  if (isAlive) return { mend: [], report: lacksCharge(facts) ? ['paidWithoutCharge'] : [] };
  switch (order?.status) {
    case undefined:
    case 'CANCELADO':
      return { mend: leftOver(facts), report: [] };
    case 'CREADO':
      return { mend: ['abandoned'], report: [] };
    case 'PAGADO': {
      const charge: Reportable[] = lacksCharge(facts) ? ['paidWithoutCharge'] : [];
      return { mend: unrecorded(facts), report: [...charge, 'abandonedPaid'] };
    }
    case 'ENVIADO':
      return {
        mend: unrecorded(facts),
        report: lacksCharge(facts) ? ['paidWithoutCharge'] : [],
      };
  }
}

/** What an order that is not, or is no more, has left behind. */
function leftOver({ order, gateway, isStockHeld }: OrderFacts): Mendable[] {
  const found: Mendable[] = [];
  const recorded = order?.payment?.status ?? 'failed';
  if (gateway?.status === 'completed') found.push('moneyWithoutOrder');
  else if (gateway?.status === 'pending' || !['failed', 'refunded'].includes(recorded)) {
    found.push('paymentUnsettled');
  }
  if (isStockHeld) found.push('stockHeld');
  return found;
}

function lacksCharge({ order, gateway }: OrderFacts): boolean {
  if (order?.status !== 'PAGADO' && order?.status !== 'ENVIADO') return false;
  return !order.isConfirmedByHand && gateway?.status !== 'completed';
}

function unrecorded({ order, gateway }: OrderFacts): Mendable[] {
  const isPaid = gateway?.status === 'completed';
  return isPaid && order?.payment?.status !== 'completed' ? ['paidUnrecorded'] : [];
}
