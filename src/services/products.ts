import { parse } from 'lossless-json';
import { z } from 'zod';
import { isCurrency, toMinor } from '../domain/money.ts';
import type { Product } from '../domain/order.ts';
import { Refusal } from '../domain/refusal.ts';
import { createServiceClient } from './http-client.ts';

/** Numbers are read as their decimal text, so that a price never passes through a float. */
const readLossless = (text: string) => parse(text, undefined, { parseNumber: (digits) => digits });

const Catalogue = z.object({
  products: z.array(
    z
      .object({
        id: z.string(),
        sku: z.string(),
        name: z.string(),
        price: z.string().regex(/^\d/, 'must not be negative'),
        currency: z.string(),
        active: z.boolean(),
      })
      .transform(({ id, sku, name, price, currency, active }, context) => {
        if (!isCurrency(currency)) {
          throw new Refusal('currency_not_supported', 'Nothing is sold in this currency', {
            currencies: [currency],
          });
        }
        try {
          const unitPrice = toMinor(price, currency);
          return { productId: id, productSku: sku, productName: name, unitPrice, currency, active };
        } catch {
          context.addIssue({ code: 'custom', message: 'not a price' });
          return z.NEVER;
        }
      }),
  ),
});

export interface ProductsService {
  /**
   * The products that are for sale, among those asked for. Throws Refusal currency_not_supported,
   * and ServiceFailure, also for a price that is none in its currency.
   */
  findProducts(productIds: readonly string[]): Promise<Product[]>;
  close(): void;
}

export function createProductsService(baseUrl: string, breakerResetMs: number): ProductsService {
  const client = createServiceClient({
    service: 'products',
    baseUrl,
    timeoutMs: 1_500,
    breaker: { volumeThreshold: 20, resetMs: breakerResetMs },
    parse: readLossless,
  });
  return {
    async findProducts(productIds) {
      const { products } = await client.call({
        method: 'POST',
        path: '/api/products/batch',
        body: { ids: productIds },
        schema: Catalogue,
        changes: false,
      });
      return products.filter(({ active }) => active).map(({ active, ...product }) => product);
    },
    close: () => client.close(),
  };
}
