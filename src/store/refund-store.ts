import mongoose, { type Connection } from 'mongoose';
import type { RefundRequest } from '../contract/refund.ts';
import { replaceableBy } from '../domain/payment-status.ts';
import type {
  RefundedOrder,
  RefundProgress,
  ReservedRefund,
  StoredOrder,
  StoredRefund,
} from '../domain/records.ts';
import { openRefundStatuses, planRefund } from '../domain/refund.ts';
import { Refusal } from '../domain/refusal.ts';
import { decimal, toStoredOrder, toStoredRefund } from './documents.ts';
import { LaterFacts } from './later-facts.ts';
import { createModels, type Models, type RefundDocument } from './models.ts';
import { once } from './once.ts';

/**
 * Writes refunds. An order that is shipped has no workflow, so its refunds, which may be many at once,
 * agree by what MongoDB decides in one document: the number of a refund, and the order's next version.
 */
export class RefundStore {
  readonly #models: Models;
  readonly #facts: LaterFacts;

  constructor(readonly connection: Connection) {
    this.#models = createModels(connection);
    this.#facts = new LaterFacts(connection);
  }

  /**
   * Sets aside what a refund gives back, once for each id: no other refund can have it. Throws Refusal
   * refund_exceeds_order, or illegal_transition for an order that is not shipped.
   */
  async reserve(request: RefundRequest, at: string): Promise<ReservedRefund> {
    const { Order, Item, History, Payment } = this.#models;
    const { orderId, refundId, kind, reason, restock, by, requestHash } = request;
    const [document, items, paid, payment] = await Promise.all([
      Order.findOne({ uuid: orderId }).lean(),
      Item.find({ orderId }).sort({ _id: 1 }).lean(),
      History.findOne({ orderId, status: 'PAGADO' }).sort({ version: 1 }).lean(),
      Payment.findOne({ orderId }).sort({ createdAt: -1, _id: -1 }).lean(),
    ]);
    const order = refundable(document && toStoredOrder(document, items));
    const { currency } = order;
    const paymentKey = payment?.idempotencyKey ?? '';
    const isConfirmedByHand = paid !== null && paid.createdBy !== 'system';
    for (;;) {
      const known = await this.ofOrder(orderId);
      const own = known.find((refund) => refund.refundId === refundId);
      if (own !== undefined) return { refund: own, order, paymentKey, isConfirmedByHand };
      const share = planRefund(order, known.filter(counts), request);
      const [createdAt, revision] = [new Date(at), known.length + 1];
      const refund: RefundDocument = {
        ...{ refundId, orderId, revision, kind, currency, restock, reason, by, requestHash },
        ...share,
        status: kind === 'withdrawal' ? 'requested' : 'pending',
        amount: decimal(share.amount, currency),
        ...{ createdAt, updatedAt: createdAt },
      };
      await once(() => this.#models.Refund.create([refund]));
    }
  }

  /** Oldest first. */
  async ofOrder(orderId: string): Promise<StoredRefund[]> {
    return refundsOf(this.#models, orderId);
  }

  /** How far a refund is. One that is at its end stays as it is. */
  async advance({ refundId, at, ...progress }: RefundProgress): Promise<void> {
    const status = mongoose.trusted({ $in: [...openRefundStatuses] });
    const $set = { ...progress, updatedAt: new Date(at) };
    await this.#models.Refund.updateOne({ refundId, status }, { $set });
  }

  /** Records money that was given back, in all that tells of it; the refund itself last. */
  async complete(progress: Omit<RefundProgress, 'status'>): Promise<RefundedOrder> {
    const { refundId, at, decidedBy } = progress;
    const refund = await this.#models.Refund.findOne({ refundId }).lean();
    if (refund === null) throw new Error(`refund ${refundId} is not recorded`);
    const { version, ...refunded } = await this.#addToOrder(refund, at);
    const by = decidedBy ?? refund.decidedBy ?? refund.by;
    const { orderId, amount, currency, reason: note } = refund;
    const comment = `${amount} ${currency} refunded`;
    const told = { orderId, comment, createdBy: by, note, at };
    const recordedAt = await this.#facts.tell(told, version);
    await this.#markPayment(refund.orderId, refunded.isAll, at);
    await this.advance({ ...progress, status: 'completed' });
    return { version, refundedAmount: refunded.refundedAmount, at: recordedAt };
  }

  /** Once: the order gets its next version by it. */
  async #addToOrder({ orderId, refundId, amount }: RefundDocument, at: string) {
    const refund = {
      refundId: { $literal: refundId },
      amount: { $literal: amount },
      version: LaterFacts.NEXT_VERSION,
    };
    const refunds = { $concatArrays: [{ $ifNull: ['$refunds', []] }, [refund]] };
    const filter = { 'refunds.refundId': { $ne: refundId } };
    const order = await this.#facts.change(orderId, filter, { refunds }, at);
    const place = order.refunds?.findIndex((one) => one.refundId === refundId) ?? -1;
    const own = order.refunds?.[place];
    if (own === undefined) throw new Error(`order ${orderId} is not shipped any more`);
    const until = { ...order, refunds: order.refunds?.slice(0, place + 1) };
    const { refundedAmount = 0 } = toStoredOrder(until, []);
    const { refundedAmount: inAll, totalAmount } = toStoredOrder(order, []);
    return { version: own.version, refundedAmount, isAll: inAll === totalAmount };
  }

  async #markPayment(orderId: string, isAll: boolean, at: string): Promise<void> {
    const paymentStatus = isAll ? 'refunded' : 'partially_refunded';
    const before = mongoose.trusted({ $in: replaceableBy(paymentStatus) });
    await this.#models.Payment.updateOne(
      { orderId, paymentStatus: before },
      { $set: { paymentStatus, updatedAt: new Date(at) } },
    );
  }
}

/** A refund that gave nothing back leaves what it had set aside. */
function counts({ status }: StoredRefund): boolean {
  return status !== 'refused';
}

function refundable(order: StoredOrder | null): StoredOrder {
  const why = whyNotRefundable(order);
  if (order === null || why !== undefined) throw new Refusal('illegal_transition', `${why}`);
  return order;
}

/** Why nothing of an order can be given back by a refund; undefined when it can. */
function whyNotRefundable(order: StoredOrder | null): string | undefined {
  if (order === null) return 'the order is not recorded';
  if (order.requestHash === undefined) return 'another service took the payment of this order';
  if (order.status === 'ENVIADO') return undefined;
  const hint = order.status === 'CANCELADO' ? '' : ': cancelling it gives all back';
  return `the order is ${order.status}${hint}`;
}

/** The refunds of an order, oldest first. */
export async function refundsOf({ Refund }: Models, orderId: string): Promise<StoredRefund[]> {
  const found = await Refund.find({ orderId }).sort({ revision: 1 }).lean();
  return found.map(toStoredRefund);
}
