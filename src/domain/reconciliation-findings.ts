import type { DiscrepancyKind } from './reconciliation.ts';

/** Orders that do not agree in the same way: how many, and the first of them. */
interface Suspects {
  count: number;
  orderIds: string[];
}

/** What a run of the reconciler has found so far, small however much it is. */
export interface Findings {
  /** How many orders it looked at. */
  looked: number;
  suspects: Partial<Record<DiscrepancyKind, Suspects>>;
}

export const noFindings: Findings = { looked: 0, suspects: {} };

/** Both together; of each kind it names no more than `limit` orders, and none of them twice. */
export function joinFindings(one: Findings, other: Findings, limit: number): Findings {
  const suspects = { ...one.suspects };
  for (const [kind, { count, orderIds }] of suspectsOf(other)) {
    const before = suspects[kind] ?? { count: 0, orderIds: [] };
    const fresh = orderIds.filter((orderId) => !before.orderIds.includes(orderId));
    suspects[kind] = {
      count: before.count + count - (orderIds.length - fresh.length),
      orderIds: [...before.orderIds, ...fresh].slice(0, limit),
    };
  }
  return { looked: one.looked + other.looked, suspects };
}

/** The suspects by kind. */
export function suspectsOf({ suspects }: Findings): [DiscrepancyKind, Suspects][] {
  return Object.entries(suspects) as [DiscrepancyKind, Suspects][];
}

export function countSuspects(findings: Findings): number {
  return suspectsOf(findings).reduce((sum, [, { count }]) => sum + count, 0);
}
