import mongoose, { type Connection } from 'mongoose';
import type { OrderStatus } from '../domain/order-status.ts';
import { toMinor } from '../domain/pricing/money.ts';
import type { PaymentRecord, StoredOrder } from '../domain/records.ts';
import { toStoredOrder } from '../store/documents.ts';
import {
  createModels,
  type HistoryDocument,
  type Models,
  type PaymentDocument,
} from '../store/models.ts';

interface HistoryRow {
  version: number;
  status: OrderStatus;
  comment: string;
  at: Date;
}

/** An order that a legacy service placed, with all that is known of it. */
export interface ImportedOrder {
  order: StoredOrder;
  history: HistoryRow[];
  payments: PaymentRecord[];
}

/** Something in the legacy database that was not imported. */
export interface LeftBehind {
  collection: string;
  id: string;
  reason: string;
}

/** What became of one collection of the legacy database. */
interface CollectionCount {
  collection: string;
  found: number;
  taken: number;
  left: number;
  remark?: string;
}

/** What the migration noted about the import. */
export interface ImportState {
  outbox: string;
  counts: CollectionCount[];
}

/** The orders that a legacy service placed: they have no request hash. */
export class ImportedOrders {
  readonly #models: Models;

  constructor(readonly connection: Connection) {
    this.#models = createModels(connection);
  }

  /** What was imported; undefined when this database was not, or not to the end. */
  async state(): Promise<ImportState | undefined> {
    const state = await this.#state.findOne({ kind: 'state', phase: 'done' });
    return state === null ? undefined : { outbox: state.names.outbox, counts: state.counts };
  }

  /** What was left behind, at most so much of it. */
  async leftBehind(limit: number): Promise<LeftBehind[]> {
    const found = await this.#state.find({ kind: 'left' }).limit(limit).toArray();
    return found.map(({ collection, id, reason }) => ({ collection, id: `${id}`, reason }));
  }

  /** The ids of those that are not at their end, oldest first. */
  async *openIds(): AsyncGenerator<string> {
    const open = this.#models.Order.find(
      {
        status: mongoose.trusted({ $in: ['CREADO', 'PAGADO'] }),
        requestHash: mongoose.trusted({ $exists: false }),
      },
      { uuid: 1 },
    );
    for await (const { uuid } of open.sort({ _id: 1 }).lean().cursor()) yield uuid;
  }

  /** The public ids of those orders that exist, by the id that the legacy service used for them. */
  async publicIds(ids: readonly string[]): Promise<Map<string, string>> {
    const isLegacyId = (id: string) => mongoose.isObjectIdOrHexString(id);
    const uuids = ids.filter((id) => !isLegacyId(id)).map((id) => id.toLowerCase());
    const legacyIds = ids.filter(isLegacyId).map((id) => new mongoose.Types.ObjectId(id));
    const found = await Promise.all(
      [
        { uuid: mongoose.trusted({ $in: uuids }) },
        { _id: mongoose.trusted({ $in: legacyIds }) },
      ].map((these) =>
        this.#models.Order.find(
          { ...these, requestHash: mongoose.trusted({ $exists: false }) },
          { uuid: 1 },
        ).lean(),
      ),
    );
    const orders = found.flat();
    const known = new Map(
      orders.flatMap(({ _id, uuid }) => [[uuid, uuid] as const, [`${_id}`, uuid] as const]),
    );
    return new Map(
      ids.flatMap((id) => {
        const uuid = known.get(id.toLowerCase());
        return uuid === undefined ? [] : [[id, uuid]];
      }),
    );
  }

  /** By its public id, or by the `_id` that the legacy service used for it. */
  async find(id: string): Promise<ImportedOrder | undefined> {
    const [uuid] = (await this.publicIds([id])).values();
    return uuid === undefined ? undefined : (await this.findMany([uuid])).get(uuid);
  }

  /** Those that exist, by their public ids. */
  async findMany(ids: readonly string[]): Promise<Map<string, ImportedOrder>> {
    const { Order, Item, History, Payment } = this.#models;
    const these = mongoose.trusted({ $in: [...ids] });
    const [orders, items, history, payments] = await Promise.all([
      Order.find({ uuid: these, requestHash: mongoose.trusted({ $exists: false }) }).lean(),
      Item.find({ orderId: these }).sort({ _id: 1 }).lean(),
      History.find({ orderId: these }).sort({ version: 1 }).lean(),
      Payment.find({ orderId: these }).sort({ createdAt: 1, _id: 1 }).lean(),
    ]);
    const itemsOf = byOrder(items);
    const historyOf = byOrder(history);
    const paymentsOf = byOrder(payments);
    return new Map(
      orders.map((order) => [
        order.uuid,
        {
          order: toStoredOrder(order, itemsOf.get(order.uuid) ?? []),
          history: (historyOf.get(order.uuid) ?? []).map(toRow),
          payments: (paymentsOf.get(order.uuid) ?? []).map(toRecord),
        },
      ]),
    );
  }

  get #state() {
    return this.connection.collection('legacyimport');
  }
}

function byOrder<Part extends { orderId: string }>(parts: readonly Part[]): Map<string, Part[]> {
  const found = new Map<string, Part[]>();
  for (const part of parts) {
    const others = found.get(part.orderId);
    if (others === undefined) found.set(part.orderId, [part]);
    else others.push(part);
  }
  return found;
}

function toRow({ version, status, comment, createdAt: at }: HistoryDocument): HistoryRow {
  return { version, status, comment, at };
}

function toRecord(payment: PaymentDocument): PaymentRecord {
  const { idempotencyKey, paymentMethod, paymentStatus, amount, currency } = payment;
  return {
    ...{ idempotencyKey, paymentMethod, paymentStatus, currency },
    amount: toMinor(amount.toString(), currency),
    ...(payment.transactionId && { transactionId: payment.transactionId }),
  };
}
