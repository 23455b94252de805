import type { Address, OrderItem } from '../order.ts';
import { Refusal } from '../refusal.ts';

/**
 * Says at which rate an order is taxed: percent as decimal text, such as "21" or "5.5". Prices are
 * net. Pure: it runs inside the workflow. May throw Refusal.
 */
export interface TaxPolicy {
  ofLine(line: OrderItem, destination: Address): string;
  ofShipping(destination: Address): string;
}

/** What a policy is made from; recorded with the order. */
export interface TaxSettings {
  policy: TaxPolicyName;
  /** Percent by country (ISO 3166-1); "*" is every other one. */
  rates?: Readonly<Record<string, string>>;
}

const policies = {
  none: () => ({ ofLine: () => '0', ofShipping: () => '0' }),
  'by-country': byCountry,
} satisfies Record<string, (settings: TaxSettings) => TaxPolicy>;

/** The name is what configuration chooses it by, and what the stored order says. */
export type TaxPolicyName = keyof typeof policies;
export const taxPolicies = Object.keys(policies) as TaxPolicyName[];

export function taxPolicy(settings: TaxSettings): TaxPolicy {
  return policies[settings.policy](settings);
}

/** Taxed where it is sent to. Shipping shares the fate of the goods. */
function byCountry({ rates = {} }: TaxSettings): TaxPolicy {
  const rateOf = ({ country }: Address) => {
    const rate = rates[country] ?? rates['*'];
    if (rate !== undefined) return rate;
    throw new Refusal('country_not_supported', 'Nothing is sold to this country', { country });
  };
  return { ofLine: (_line, destination) => rateOf(destination), ofShipping: rateOf };
}
