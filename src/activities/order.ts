import type { AuthService } from '../clients/auth.ts';
import { ServiceFailure } from '../clients/http/service-failure.ts';
import type { InventoryService } from '../clients/inventory.ts';
import type {
  Charge,
  ChargedPayment,
  PaymentsService,
  VoidedPayment,
} from '../clients/payments.ts';
import type { ProductsService } from '../clients/products.ts';
import type { EventPublisher } from '../clients/rabbitmq/event-publisher.ts';
import { reserveKey } from '../contract/idempotency-keys.ts';
import type { OrderEvent } from '../domain/events.ts';
import type { Product } from '../domain/order.ts';
import type { GatewayPayment } from '../domain/reconciliation.ts';
import type {
  AddressChange,
  NewOrder,
  OrderNote,
  OrderTransition,
  PaymentChange,
  RecordedState,
  RefusedPlacement,
} from '../domain/records.ts';
import { Refusal } from '../domain/refusal.ts';
import type { OrderStore } from '../store/order-store.ts';
import type { RefusalStore } from '../store/refusal-store.ts';
import { withFailures } from './error-mapping.ts';

export interface ActivityDeps {
  auth: AuthService;
  products: ProductsService;
  inventory: InventoryService;
  payments: PaymentsService;
  store: OrderStore;
  refusals: RefusalStore;
  events: EventPublisher;
}

interface ToCheck {
  orderId: string;
  userId: string;
  productIds: string[];
}

/** What there is to price, or the order that is recorded already. */
export type Checked =
  | { recorded: RecordedState; products?: undefined }
  | { recorded?: undefined; products: Product[] };

/** An order that is recorded; with a refusal, its stock could not be reserved. */
export interface Placed {
  recorded: RecordedState;
  refusal?: Pick<Refusal, 'code' | 'message' | 'details'>;
}

export type OrderActivities = ReturnType<typeof createActivities>;

/** The steps of an order. Each may be repeated: its key comes from the order id. */
export function createActivities(deps: ActivityDeps) {
  const { auth, products, inventory, payments, store, refusals, events } = deps;

  return withFailures({
    /**
     * Reads only: what it answers is decided once it is in the order's history. Asks nobody about an
     * order that an earlier run has recorded.
     */
    async checkOrder({ orderId, userId, productIds }: ToCheck): Promise<Checked> {
      const recorded = await store.load(orderId);
      if (recorded !== undefined) return { recorded };
      const [user, found] = await bothSettled(
        auth.findUser(userId),
        products.findProducts(productIds),
      );
      if (user === undefined) {
        throw new Refusal('user_not_allowed', 'The user is not known or not active');
      }
      return { products: found };
    },

    /** Answers what is recorded, which an earlier run of the order may have done. */
    async placeOrder(order: NewOrder): Promise<Placed> {
      const recorded = await store.create(order);
      if (recorded.status !== 'CREADO') return { recorded };
      try {
        await inventory.reserve(reserveKey(order.orderId), order.items);
        return { recorded };
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        const { code, message, details } = error;
        return { recorded, refusal: { code, message, details } };
      }
    },

    /** Answers null when the order was never recorded. */
    async loadOrder(orderId: string): Promise<RecordedState | null> {
      return (await store.load(orderId)) ?? null;
    },

    async dropUnrecorded(orderId: string): Promise<void> {
      await store.dropUnrecorded(orderId);
    },

    async keepRefusal(refusal: RefusedPlacement): Promise<void> {
      await refusals.keep(refusal);
    },

    async releaseStock(orderId: string): Promise<void> {
      await inventory.release(reserveKey(orderId));
    },

    async chargePayment({ key, ...charge }: Charge & { key: string }): Promise<ChargedPayment> {
      return payments.charge(key, charge);
    },

    /** Fails while the transfer may still come; what it answers has been settled at Payments. */
    async awaitTransfer(key: string): Promise<GatewayPayment> {
      const payment = await payments.find(key);
      if (payment !== undefined && payment.status !== 'pending') return payment;
      throw new ServiceFailure('payments', 'transient', 'has not received the transfer yet');
    },

    /** What Payments knows of a payment now; null when nothing. */
    async checkTransfer(key: string): Promise<GatewayPayment | null> {
      return (await payments.find(key)) ?? null;
    },

    async voidPayment(key: string): Promise<VoidedPayment> {
      return payments.void(key);
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

    async recordAddress(change: AddressChange): Promise<void> {
      await store.recordAddress(change);
    },

    async publishEvents(batch: OrderEvent[]): Promise<void> {
      await events.publish(batch);
    },
  });
}

/** Like Promise.all, but neither call is left running; a refusal goes before a failure. */
async function bothSettled<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  const [first, second] = await Promise.allSettled([a, b]);
  if (first.status === 'fulfilled' && second.status === 'fulfilled') {
    return [first.value, second.value];
  }
  const reasons = [first, second].flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  throw reasons.find((reason) => reason instanceof Refusal) ?? reasons[0];
}
