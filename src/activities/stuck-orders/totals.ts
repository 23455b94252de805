/** What an order costs; `amount` in minor units. */
export interface Total {
  amount: number;
  currency: string;
}

/** By order id. */
export type Totals = ReadonlyMap<string, Total>;

export type ReadTotals = (orderIds: readonly string[]) => Promise<Totals>;

interface OfOrder {
  orderId: string | undefined;
}

/** What is stuck is seen without amounts rather than not at all. */
export async function totalsOf(read: ReadTotals, things: readonly OfOrder[]): Promise<Totals> {
  const orderIds = things.flatMap(({ orderId }) => (orderId === undefined ? [] : [orderId]));
  if (orderIds.length === 0) return new Map();
  return read(orderIds).catch(() => new Map());
}

/** One for each currency; each order counts once. */
export function sumOf(things: readonly OfOrder[], totals: Totals): Total[] {
  const sums = new Map<string, number>();
  for (const orderId of new Set(things.map((thing) => thing.orderId))) {
    const total = orderId === undefined ? undefined : totals.get(orderId);
    if (total === undefined) continue;
    sums.set(total.currency, (sums.get(total.currency) ?? 0) + total.amount);
  }
  return [...sums].sort().map(([currency, amount]) => ({ amount, currency }));
}
