import { stock as firstStock } from '../catalogue.ts';
import { orderOf } from '../shared/incoming.ts';
import { Ledger } from '../shared/ledger.ts';
import { Problem } from '../shared/problem.ts';
import { type Line, sameLines, summed } from './lines.ts';

type InventoryEffect = { orderId?: string } & (
  | { type: 'reserve'; reservationId: string; items: Line[] }
  | { type: 'release'; reservationId: string; items: Line[] }
  | { type: 'tombstone'; reservationId: string }
  | { type: 'return'; returnId: string; items: Line[] }
  | { type: 'stock-set'; productId: string; available: number }
);

export interface Reservation {
  reservationId: string;
  status: 'reserved' | 'released';
  items: Line[];
}

export interface StockLevel {
  productId: string;
  available: number;
  held: number;
}

/** Stock and who holds it. Every change is one synchronous step: written down, then applied. */
export class Inventory {
  readonly ledger: Ledger<InventoryEffect>;
  readonly #stock = new Map<string, StockLevel>();
  readonly #reservations = new Map<string, Reservation>();
  /** Released before they were ever reserved: a reserve that lands later is refused. */
  readonly #tombstones = new Set<string>();
  readonly #returns = new Map<string, Line[]>();

  constructor(dataDir: string | undefined) {
    for (const [productId, available] of firstStock) {
      this.#stock.set(productId, { productId, available, held: 0 });
    }
    this.ledger = Ledger.open('inventory', dataDir, (effect: InventoryEffect) =>
      this.#apply(effect),
    );
  }

  /**
   * Holds all lines or none. A refusal holds nothing and is not remembered, since stock may return.
   * @param refuse answer as if the stock were gone, unless it is already held
   * @throws Problem reservation_released, reservation_conflict, unknown_product, insufficient_stock
   */
  reserve(
    reservationId: string,
    lines: readonly Line[],
    refuse: boolean,
  ): { reservation: Reservation; created: boolean } {
    const items = summed(lines);
    const existing = this.#reservations.get(reservationId);
    if (existing?.status === 'released' || this.#tombstones.has(reservationId)) {
      throw new Problem('reservation_released', `${reservationId} was released before`);
    }
    if (existing) {
      if (sameLines(existing.items, items)) return { reservation: existing, created: false };
      throw new Problem('reservation_conflict', `${reservationId} holds other items`);
    }
    this.#assertKnown(items);
    this.#assertAvailable(items, refuse);
    this.#record({ type: 'reserve', orderId: orderOf(reservationId), reservationId, items });
    return { reservation: { reservationId, status: 'reserved', items }, created: true };
  }

  /** Gives back what a reservation holds, once. One never seen leaves a tombstone: undefined. */
  release(reservationId: string): Reservation | undefined {
    const orderId = orderOf(reservationId);
    const reservation = this.#reservations.get(reservationId);
    if (reservation?.status === 'reserved') {
      this.#record({ type: 'release', orderId, reservationId, items: reservation.items });
    } else if (!reservation && !this.#tombstones.has(reservationId)) {
      this.#record({ type: 'tombstone', orderId, reservationId });
    }
    return this.#reservations.get(reservationId);
  }

  /** Goods came back, once for each id. @throws Problem unknown_product, return_conflict */
  takeBack(returnId: string, lines: readonly Line[]): { created: boolean } {
    const items = summed(lines);
    const existing = this.#returns.get(returnId);
    if (existing) {
      if (sameLines(existing, items)) return { created: false };
      throw new Problem('return_conflict', `${returnId} brought other items`);
    }
    this.#assertKnown(items);
    this.#record({ type: 'return', orderId: orderOf(returnId), returnId, items });
    return { created: true };
  }

  get(reservationId: string): Reservation | undefined {
    return this.#reservations.get(reservationId);
  }

  setStock(productId: string, available: number): StockLevel {
    this.#record({ type: 'stock-set', productId, available });
    return this.#level(productId);
  }

  /** Stock levels, reservations and tombstones; with an order id only that order's of the latter. */
  state(orderId?: string) {
    const belongs = (id: string) => orderId === undefined || orderOf(id) === orderId;
    return {
      stock: [...this.#stock.values()],
      reservations: [...this.#reservations.values()].filter((r) => belongs(r.reservationId)),
      tombstones: [...this.#tombstones].filter(belongs),
    };
  }

  #record(effect: InventoryEffect): void {
    this.ledger.append(effect);
    this.#apply(effect);
  }

  #apply(effect: InventoryEffect): void {
    switch (effect.type) {
      case 'stock-set':
        this.#level(effect.productId).available = effect.available;
        return;
      case 'tombstone':
        this.#tombstones.add(effect.reservationId);
        return;
      case 'return':
        this.#returns.set(effect.returnId, effect.items);
        for (const { productId, quantity } of effect.items) {
          this.#level(productId).available += quantity;
          this.#level(productId).held -= quantity;
        }
        return;
      case 'reserve':
      case 'release': {
        const { reservationId, items } = effect;
        const status = effect.type === 'reserve' ? 'reserved' : 'released';
        this.#reservations.set(reservationId, { reservationId, status, items });
        for (const { productId, quantity } of items) {
          const level = this.#level(productId);
          const moved = effect.type === 'reserve' ? quantity : -quantity;
          level.available -= moved;
          level.held += moved;
        }
      }
    }
  }

  #level(productId: string): StockLevel {
    const level = this.#stock.get(productId) ?? { productId, available: 0, held: 0 };
    this.#stock.set(productId, level);
    return level;
  }

  #assertKnown(items: readonly Line[]): void {
    const unknown = items.filter(({ productId }) => !this.#stock.has(productId));
    if (unknown.length === 0) return;
    const ids = unknown.map(({ productId }) => productId);
    throw new Problem('unknown_product', `Unknown: ${ids.join(', ')}`, { productIds: ids });
  }

  #assertAvailable(items: readonly Line[], refuse: boolean): void {
    const short = items
      .map(({ productId, quantity }) => {
        const available = refuse ? 0 : this.#level(productId).available;
        return { productId, requested: quantity, available };
      })
      .filter(({ requested, available }) => requested > available);
    if (short.length === 0) return;
    throw new Problem('insufficient_stock', 'Not enough stock; nothing is held', { items: short });
  }
}
