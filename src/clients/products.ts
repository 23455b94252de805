import { parse } from 'lossless-json';
import { z } from 'zod';
import type { Product } from '../domain/order.ts';
import { isCurrency, toMinor } from '../domain/pricing/money.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Cache } from './cache/cache.ts';
import { createServiceClient } from './http/http-client.ts';

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
        const product = { productId: id, productSku: sku, productName: name, currency, active };
        // Each order's line has both: MongoDB takes none without.
        if (active && (sku.trim() === '' || name.trim() === '')) {
          context.addIssue({ code: 'custom', message: 'for sale without a name or a SKU' });
          return z.NEVER;
        }
        // A currency that is none is an answer all the same: it is refused below.
        if (!isCurrency(currency)) return { ...product, unitPrice: Number.NaN };
        try {
          return { ...product, unitPrice: toMinor(price, currency) };
        } catch {
          context.addIssue({ code: 'custom', message: 'not a price' });
          return z.NEVER;
        }
      }),
  ),
  missing: z.array(z.string()).optional(),
});

/** Each id that was asked for is a product or missing: half an answer is none. */
function answering(ids: readonly string[]) {
  return Catalogue.refine(({ products, missing }) => {
    const named = new Set([...products.map(({ productId }) => productId), ...(missing ?? ids)]);
    return ids.every((id) => named.has(id)) && products.every((one) => ids.includes(one.productId));
  });
}

export interface ProductsService {
  /**
   * The products that are for sale, among those asked for. Throws Refusal currency_not_supported,
   * and ServiceFailure, also for a price that is none in its currency, and for a name or SKU that is
   * blank: the catalogue is corrected meanwhile.
   */
  findProducts(productIds: readonly string[]): Promise<Product[]>;
  close(): void;
}

export function createProductsService(baseUrl: string, breakerResetMs: number): ProductsService {
  const client = createServiceClient({
    service: 'products',
    baseUrl,
    breaker: { name: 'products', volumeThreshold: 20, resetMs: breakerResetMs },
    parse: readLossless,
  });
  return {
    async findProducts(productIds) {
      const { products } = await client.call({
        method: 'POST',
        path: '/api/products/batch',
        body: { ids: productIds },
        timeoutMs: 1_500,
        schema: answering(productIds),
        changes: false,
      });
      assertCurrencies(products);
      return products.filter(({ active }) => active).map(({ active, ...product }) => product);
    },
    close: () => client.close(),
  };
}

function assertCurrencies(products: readonly Product[]): void {
  const currencies = products.map(({ currency }) => currency).filter((code) => !isCurrency(code));
  if (currencies.length === 0) return;
  throw new Refusal('currency_not_supported', 'Nothing is sold in this currency', { currencies });
}

const notBlank = z.string().regex(/\S/);

const CachedProduct: z.ZodType<Product> = z.object({
  productId: z.string(),
  productSku: notBlank,
  productName: notBlank,
  unitPrice: z.int(),
  currency: z.string(),
});

/** Remembers products that are for sale for minutes, others for seconds; asks only for the rest. */
export function cacheProducts(products: ProductsService, cache: Cache): ProductsService {
  const findProducts = cache.lookup({
    kind: 'product',
    value: CachedProduct,
    load: (ids) => products.findProducts(ids),
    idOf: ({ productId }) => productId,
  });
  return { ...products, findProducts };
}
