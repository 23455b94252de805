import type { Address, OrderItem } from '../order.ts';
import { Refusal } from '../refusal.ts';

/** What is shipped. `worth` in minor units of the currency: after discounts, before tax. */
interface Consignment {
  lines: readonly OrderItem[];
  worth: number;
  currency: string;
  destination: Address;
}

/**
 * Says what shipping costs: net, in minor units of the order's currency. Pure: it runs inside the
 * workflow. May throw Refusal.
 */
export type ShippingPolicy = (consignment: Consignment) => number;

/** What a policy is made from; recorded with the order. Minor units by currency (ISO 4217). */
export interface ShippingSettings {
  policy: ShippingPolicyName;
  rates?: Readonly<Record<string, number>>;
  /** From this worth on, shipping is free. */
  freeFrom?: Readonly<Record<string, number>>;
}

const policies = {
  none: () => () => 0,
  'flat-rate': flatRate,
} satisfies Record<string, (settings: ShippingSettings) => ShippingPolicy>;

/** The name is what configuration chooses it by, and what the stored order says. */
export type ShippingPolicyName = keyof typeof policies;
export const shippingPolicies = Object.keys(policies) as ShippingPolicyName[];

export function shippingPolicy(settings: ShippingSettings): ShippingPolicy {
  return policies[settings.policy](settings);
}

function flatRate({ rates = {}, freeFrom = {} }: ShippingSettings): ShippingPolicy {
  return ({ worth, currency }) => {
    const rate = rates[currency];
    if (rate === undefined) {
      throw new Refusal('currency_not_supported', 'Nothing is shipped for this currency', {
        currencies: [currency],
      });
    }
    return worth >= (freeFrom[currency] ?? Number.POSITIVE_INFINITY) ? 0 : rate;
  };
}
