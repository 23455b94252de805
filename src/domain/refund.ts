import { allocate } from './pricing/allocation.ts';
import { toMajor } from './pricing/money.ts';
import type { PricedOrder } from './pricing/price-order.ts';
import { Refusal } from './refusal.ts';

/**
 * `requested` waits for a person to approve it, `pending` for Payments; a refund that is `refused`
 * gave nothing back.
 */
export const refundStatuses = ['requested', 'pending', 'completed', 'refused'] as const;
export type RefundStatus = (typeof refundStatuses)[number];
/** Not at their end. */
export const openRefundStatuses: readonly RefundStatus[] = ['requested', 'pending'];

/** Who wanted it: the shop, the customer who withdraws, or the provider, where it is done already. */
export const refundKinds = ['shop', 'withdrawal', 'provider'] as const;
export type RefundKind = (typeof refundKinds)[number];

type SoldLines = Omit<PricedOrder, 'pricing'>;

export interface RefundLine {
  productId: string;
  quantity: number;
}

/** What is wanted back: lines and the shipping, or an amount in minor units; neither is all that is left. */
export interface RefundScope {
  lines?: RefundLine[];
  shipping?: boolean;
  amount?: number;
}

/** What a refund gives back; `amount` in minor units of the order's currency. */
export interface RefundShare {
  lines: RefundLine[];
  shipping: boolean;
  amount: number;
}

interface Good {
  quantity: number;
  /** With its share of the tax, in minor units. */
  gross: number;
}

/**
 * What a refund comes to, after those that are done or under way. The tax is shared out over goods and
 * shipping by largest remainder, and the units of a line get the difference of what so many and so
 * many units cost: parts add up to the whole, to the minor unit.
 * Throws Refusal: refund_exceeds_order, with what is left.
 */
export function planRefund(
  sold: SoldLines,
  before: readonly RefundShare[],
  { lines, shipping, amount }: RefundScope,
): RefundShare {
  const left = sold.totalAmount - before.reduce((sum, share) => sum + share.amount, 0);
  const planned =
    amount !== undefined
      ? { lines: [], shipping: false, amount }
      : lines === undefined && shipping === undefined
        ? { ...unitsLeft(sold, before), amount: left }
        : shareOf(sold, before, { lines: summed(lines ?? []), shipping: shipping ?? false });
  if (planned.amount <= 0 || planned.amount > left) throw exceeds(sold, left);
  return planned;
}

function shareOf(
  sold: SoldLines,
  before: readonly RefundShare[],
  wanted: Omit<RefundShare, 'amount'>,
): RefundShare {
  const { goods, shipping } = grossOf(sold);
  const left = sold.totalAmount - before.reduce((sum, share) => sum + share.amount, 0);
  if (wanted.shipping && before.some((share) => share.shipping)) throw exceeds(sold, left);
  const amounts = wanted.lines.map(({ productId, quantity }) => {
    const good = goods.get(productId);
    const returned = returnedOf(before, productId);
    if (good === undefined || returned + quantity > good.quantity) throw exceeds(sold, left);
    return costOf(good, returned + quantity) - costOf(good, returned);
  });
  const amount = amounts.reduce((sum, one) => sum + one, wanted.shipping ? shipping : 0);
  return { ...wanted, amount };
}

/** What was sold of each product, and the shipping, each with its share of the tax. */
function grossOf({ lines, shippingAmount, taxAmount }: SoldLines) {
  const net = [...lines.map((line) => line.totalPrice - line.discountAmount), shippingAmount];
  const taxes = allocate(taxAmount, net);
  const gross = net.map((amount, index) => amount + (taxes[index] ?? 0));
  const goods = new Map<string, Good>();
  for (const [index, { productId, quantity }] of lines.entries()) {
    const sum = goods.get(productId) ?? { quantity: 0, gross: 0 };
    goods.set(productId, {
      quantity: sum.quantity + quantity,
      gross: sum.gross + (gross[index] ?? 0),
    });
  }
  return { goods, shipping: gross.at(-1) ?? 0 };
}

/** Of so many units, rounded down: what rounding leaves comes with the last of them. */
function costOf({ quantity, gross }: Good, units: number): number {
  return Number((BigInt(gross) * BigInt(units)) / BigInt(quantity));
}

function unitsLeft(sold: SoldLines, before: readonly RefundShare[]) {
  const { goods, shipping } = grossOf(sold);
  const lines = [...goods]
    .map(([productId, { quantity }]) => ({
      productId,
      quantity: quantity - returnedOf(before, productId),
    }))
    .filter(({ quantity }) => quantity > 0);
  return { lines, shipping: shipping > 0 && !before.some((share) => share.shipping) };
}

function returnedOf(before: readonly RefundShare[], productId: string): number {
  return before
    .flatMap((share) => share.lines)
    .filter((line) => line.productId === productId)
    .reduce((sum, { quantity }) => sum + quantity, 0);
}

function summed(lines: readonly RefundLine[]): RefundLine[] {
  const quantities = new Map<string, number>();
  for (const { productId, quantity } of lines) {
    quantities.set(productId, (quantities.get(productId) ?? 0) + quantity);
  }
  return [...quantities].map(([productId, quantity]) => ({ productId, quantity }));
}

function exceeds({ currency }: SoldLines, left: number): Refusal {
  return new Refusal('refund_exceeds_order', 'So much of the order is not left to refund', {
    left: toMajor(left, currency),
    currency,
  });
}
