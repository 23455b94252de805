import { cancellationSignal } from '@temporalio/activity';
import type { OrderEvent } from '../domain/events.ts';
import type { OrderItem, Product } from '../domain/order.ts';
import type { NewOrder, OrderTransition } from '../domain/records.ts';
import { type AuthService, userNotAllowed } from '../services/auth.ts';
import type { Cache } from '../services/cache.ts';
import type { EventPublisher } from '../services/events.ts';
import type { InventoryService } from '../services/inventory.ts';
import type { CapturedPayment, Charge, PaymentsService } from '../services/payments.ts';
import type { ProductsService } from '../services/products.ts';
import type { OrderStore } from '../store/order-store.ts';
import { withFailures } from './failures.ts';

export interface ActivityDeps {
  auth: AuthService;
  products: ProductsService;
  inventory: InventoryService;
  payments: PaymentsService;
  store: OrderStore;
  events: EventPublisher;
  cache: Cache;
}

export type Activities = ReturnType<typeof createActivities>;

/** The steps of an order. Each may be repeated: its key comes from the order id. */
export function createActivities(deps: ActivityDeps) {
  const { auth, products, inventory, payments, store, events, cache } = deps;

  return withFailures({
    async validateUser(userId: string): Promise<void> {
      const signal = cancellationSignal();
      const user = await cache.through(`user:${userId}`, () => auth.findUser(userId, signal));
      if (!user.active) throw userNotAllowed();
    },

    async fetchProducts(productIds: string[]): Promise<Product[]> {
      return products.findProducts(productIds, cancellationSignal());
    },

    async createOrder(order: NewOrder): Promise<void> {
      await store.create(order);
    },

    async reserveStock({ orderId, items }: { orderId: string; items: OrderItem[] }): Promise<void> {
      await inventory.reserve(`${orderId}:reserve`, items, cancellationSignal());
    },

    async releaseStock(orderId: string): Promise<void> {
      await inventory.release(`${orderId}:reserve`, cancellationSignal());
    },

    async chargePayment(charge: Charge): Promise<CapturedPayment> {
      return payments.charge(`${charge.orderId}:charge`, charge, cancellationSignal());
    },

    async recordTransition(transition: OrderTransition): Promise<void> {
      await store.record(transition);
    },

    async publishEvents(batch: OrderEvent[]): Promise<void> {
      await events.publish(batch);
    },
  });
}
