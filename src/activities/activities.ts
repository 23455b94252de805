import type { OrderEvent } from '../domain/events.ts';
import type { OrderItem, Product } from '../domain/order.ts';
import type { NewOrder, OrderNote, OrderTransition, PaymentChange } from '../domain/records.ts';
import { Refusal } from '../domain/refusal.ts';
import type { AuthService } from '../services/auth.ts';
import type { EventPublisher } from '../services/events.ts';
import type { InventoryService } from '../services/inventory.ts';
import type {
  Charge,
  ChargedPayment,
  PaymentsService,
  VoidedPayment,
} from '../services/payments.ts';
import type { ProductsService } from '../services/products.ts';
import type { OrderStore } from '../store/order-store.ts';
import { withFailures } from './failures.ts';
import { createFirstAttempts } from './first-attempts.ts';
import { chargeKey, reserveKey } from './keys.ts';

export interface ActivityDeps {
  auth: AuthService;
  products: ProductsService;
  inventory: InventoryService;
  payments: PaymentsService;
  store: OrderStore;
  events: EventPublisher;
}

export type Activities = ReturnType<typeof createActivities>;

/** The steps of an order. Each may be repeated: its key comes from the order id. */
export function createActivities(deps: ActivityDeps) {
  const { auth, products, inventory, payments, store, events } = deps;

  const steps = {
    async validateUser(userId: string): Promise<void> {
      const user = await auth.findUser(userId);
      if (user === undefined) {
        throw new Refusal('user_not_allowed', 'The user is not known or not active');
      }
    },

    async fetchProducts(productIds: string[]): Promise<Product[]> {
      return products.findProducts(productIds);
    },

    async createOrder(order: NewOrder): Promise<void> {
      await store.create(order);
    },

    async reserveStock({ orderId, items }: { orderId: string; items: OrderItem[] }): Promise<void> {
      await inventory.reserve(reserveKey(orderId), items);
    },

    async releaseStock(orderId: string): Promise<void> {
      await inventory.release(reserveKey(orderId));
    },

    async chargePayment(charge: Charge): Promise<ChargedPayment> {
      return payments.charge(chargeKey(charge.orderId), charge);
    },

    async awaitTransfer(orderId: string): Promise<void> {
      await payments.assertArrived(chargeKey(orderId));
    },

    async voidPayment(orderId: string): Promise<VoidedPayment> {
      return payments.void(chargeKey(orderId));
    },

    async recordTransition(transition: OrderTransition): Promise<void> {
      await store.record(transition);
    },

    async recordPayment(change: PaymentChange): Promise<void> {
      await store.recordPayment(change);
    },

    async recordNote(note: OrderNote): Promise<void> {
      await store.recordNote(note);
    },

    async publishEvents(batch: OrderEvent[]): Promise<void> {
      await events.publish(batch);
    },
  };

  return withFailures({ ...steps, attemptSteps: createFirstAttempts(steps) });
}
