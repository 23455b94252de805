import { Random } from '../random.ts';

/** What a customer does; all of it follows from the run's seed and the order's number. */
export interface Basket {
  user: string;
  key: string;
  body: object;
  isTransfer: boolean;
  /** The same request twice at once, as an impatient client or a retrying proxy sends it. */
  isDoubled: boolean;
  /** When the customer cancels, after the answer. Milliseconds. */
  cancelAfterMs: number | undefined;
  wait: boolean;
}

const USERS = ['ana', 'luis', 'carla'] as const;
const PRODUCTS = ['P-1001', 'P-1002', 'P-1004', 'P-1009', 'P-1010'] as const;
/** There is little of it, so that orders compete for the last ones. */
const SCARCE = 'P-1011';

const address = {
  street: 'Calle Mayor 1',
  city: 'Madrid',
  state: 'Madrid',
  postalCode: '28013',
  country: 'ES',
};

export function basketFor(seed: string, number: number): Basket {
  const random = new Random(`${seed}:basket:${number}`);
  const products = new Set(
    Array.from({ length: random.between(1, 3) }, () => random.pick(PRODUCTS)),
  );
  const items = [...products].map((productId) => ({ productId, quantity: random.between(1, 3) }));
  if (random.chance(0.06)) items.push({ productId: SCARCE, quantity: 1 } as never);
  const paymentMethod = random.chance(0.12)
    ? 'bank_transfer'
    : random.pick(['credit_card', 'credit_card', 'paypal']);
  const isTransfer = paymentMethod === 'bank_transfer';
  const isDeclined = !isTransfer && random.chance(0.08);
  const token = isDeclined ? 'tok_declined' : 'tok_chaos';
  return {
    user: random.pick(USERS),
    key: `chaos-${seed}-${number}`,
    body: {
      items,
      shippingAddress: address,
      paymentMethod,
      ...(!isTransfer && { paymentToken: token }),
    },
    isTransfer,
    isDoubled: random.chance(0.15),
    cancelAfterMs: random.chance(0.15) ? random.between(0, 1_500) : undefined,
    wait: random.chance(0.2),
  };
}
