import { formatAmount } from './amount.ts';
import type { Payment } from './payment.ts';

/** What was captured and given back in each currency, as decimal text in major units. */
export function totals(payments: readonly Payment[]) {
  const sums = new Map<string, { captured: bigint; refunded: bigint }>();
  for (const { currency, captured, refunded } of payments) {
    if (currency === undefined) continue;
    const sum = sums.get(currency) ?? { captured: 0n, refunded: 0n };
    sums.set(currency, {
      captured: sum.captured + captured,
      refunded: sum.refunded + refunded,
    });
  }
  return [...sums].map(([currency, { captured, refunded }]) => ({
    currency,
    captured: formatAmount(captured, currency),
    refunded: formatAmount(refunded, currency),
    net: formatAmount(captured - refunded, currency),
  }));
}
