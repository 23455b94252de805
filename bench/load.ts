import type { Place } from './stack/place.ts';

/** One order's times by performance.now(); for the baseline, which pays nothing, both are the same. */
export interface BenchOrder {
  orderId: string;
  sentAt: number;
  acceptedAt: number;
  paidAt: number;
  /** How often the API was busy before. */
  retries: number;
}

export interface LoadOptions {
  count: number;
  /** How many orders are in flight: each customer places the next one when the last is paid. */
  concurrency: number;
  place: Place;
  /** When the order is paid; unset when it ends with being accepted. */
  paidAt: ((orderId: string) => Promise<number>) | undefined;
  onPlaced?: (orders: number) => void;
}

/** Places orders in a closed loop, and resolves when all of them are paid. */
export async function placeOrders(options: LoadOptions): Promise<BenchOrder[]> {
  const { count, concurrency, place, paidAt, onPlaced } = options;
  const placed: BenchOrder[] = [];
  let begun = 0;

  async function customer(): Promise<void> {
    while (begun < count) {
      begun++;
      const sentAt = performance.now();
      const { orderId, retries } = await place();
      const acceptedAt = performance.now();
      const paid = paidAt === undefined ? acceptedAt : await paidAt(orderId);
      placed.push({ orderId, sentAt, acceptedAt, paidAt: paid, retries });
      onPlaced?.(placed.length);
    }
  }

  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, customer));
  return placed;
}
