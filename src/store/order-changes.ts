import type { Connection, mongo } from 'mongoose';
import type { OrderStatus } from '../domain/order-status.ts';
import type { Logger } from '../platform/logger.ts';
import { createModels, type Models } from './models.ts';
import { follow } from './resuming-stream.ts';

/** An order came into a status. */
export interface StatusChange {
  orderId: string;
  status: OrderStatus;
  /** The version that the order has from then on. */
  version: number;
  at: Date;
}

export interface Listener {
  change(change: StatusChange): void;
  /** Changes may be missed from now on: subscribe again. */
  lost(): void;
}

/** As much of an order as it takes to decide who may follow it. */
export interface OrderInView {
  orderId: string;
  userId: string;
  status: OrderStatus;
  /** By which the change stream names it. */
  key: string;
}

interface Subscription {
  orderId: string;
  /** The version the listener knows. */
  version: number;
  listener: Listener;
  /** What happens while earlier changes are still being read. */
  early: StatusChange[] | undefined;
}

interface Update {
  documentKey: { _id: unknown };
  updateDescription: {
    updatedFields: { status: OrderStatus; version: number; updatedAt: Date };
  };
}

/** Of the orders, not of their history: an event must not be ahead of what a reader sees. */
const STATUS_CHANGES = [
  {
    $match: {
      operationType: 'update',
      'updateDescription.updatedFields.status': { $exists: true },
    },
  },
  { $project: { documentKey: 1, 'updateDescription.updatedFields': 1 } },
];

/**
 * The status changes of orders. One change stream of MongoDB serves all who listen in this process,
 * and it is open only while somebody does. After an outage it goes on where it was.
 */
export class OrderChanges {
  readonly #models: Models;
  readonly #subscriptions = new Map<string, Set<Subscription>>();
  #upstream: ReturnType<typeof follow> | undefined;

  constructor(
    readonly connection: Connection,
    readonly log: Logger,
  ) {
    this.#models = createModels(connection);
  }

  async look(orderId: string): Promise<OrderInView | undefined> {
    const order = await this.#models.Order.findOne(
      { uuid: orderId },
      { userId: 1, status: 1 },
    ).lean();
    if (order === null) return undefined;
    return { orderId, userId: order.userId, status: order.status, key: String(order._id) };
  }

  /** The changes of an order that brought it to a version greater than this, oldest first. */
  async since(orderId: string, version: number): Promise<StatusChange[]> {
    const { Order, History } = this.#models;
    const [order, rows] = await Promise.all([
      Order.findOne({ uuid: orderId }, { version: 1 }).lean(),
      History.find({ orderId }).sort({ version: 1 }).lean(),
    ]);
    // A row that is ahead of its order belongs to a change that is not complete yet.
    const isComplete = (row: { version: number }) => row.version <= (order?.version ?? 0);
    return rows
      .filter((row, index) => row.version > version && row.status !== rows[index - 1]?.status)
      .filter(isComplete)
      .map((row) => ({ orderId, status: row.status, version: row.version, at: row.createdAt }));
  }

  /**
   * Tells a listener each change that brings the order to a version greater than this: first what
   * has happened already, then what happens. Answers how to stop it.
   */
  async subscribe(order: OrderInView, version: number, listener: Listener): Promise<() => void> {
    const { orderId, key } = order;
    const subscription: Subscription = { orderId, version, listener, early: [] };
    const leave = () => this.#remove(key, subscription);
    this.#add(key, subscription);
    try {
      await this.#upstream?.opened;
      const past = await this.since(orderId, version);
      const early = subscription.early ?? [];
      subscription.early = undefined;
      for (const change of [...past, ...early]) tell(subscription, change);
      return leave;
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Ends the stream; who listens is told nothing more. */
  close(): void {
    this.#subscriptions.clear();
    this.#stop();
  }

  #add(key: string, subscription: Subscription): void {
    const all = this.#subscriptions.get(key) ?? new Set();
    this.#subscriptions.set(key, all.add(subscription));
    this.#upstream ??= this.#start();
  }

  #remove(key: string, subscription: Subscription): void {
    const all = this.#subscriptions.get(key);
    all?.delete(subscription);
    if (all?.size === 0) this.#subscriptions.delete(key);
    if (this.#subscriptions.size === 0) this.#stop();
  }

  #start() {
    const upstream = follow<Update>(
      (options) =>
        this.connection
          .getClient()
          .db(this.connection.name)
          .collection('orders')
          .watch<mongo.Document, Update & mongo.ChangeStreamDocument>(STATUS_CHANGES, options),
      {
        change: (update) => this.#publish(update),
        failed: (error) => this.log.warn({ err: error }, 'the changes of orders are interrupted'),
        lost: () => this.#lose(),
      },
    );
    upstream.opened.catch(() => {
      if (this.#upstream === upstream) this.#upstream = undefined;
    });
    return upstream;
  }

  #stop(): void {
    this.#upstream?.stop();
    this.#upstream = undefined;
  }

  #publish({ documentKey, updateDescription }: Update): void {
    const { status, version, updatedAt: at } = updateDescription.updatedFields;
    for (const subscription of this.#subscriptions.get(String(documentKey._id)) ?? []) {
      tell(subscription, { orderId: subscription.orderId, status, version, at });
    }
  }

  #lose(): void {
    const all = [...this.#subscriptions.values()].flatMap((some) => [...some]);
    this.close();
    for (const { listener } of all) listener.lost();
  }
}

function tell(subscription: Subscription, change: StatusChange): void {
  if (subscription.early !== undefined) {
    subscription.early.push(change);
  } else if (change.version > subscription.version) {
    subscription.version = change.version;
    subscription.listener.change(change);
  }
}
