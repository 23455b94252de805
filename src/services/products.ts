import { parse } from 'lossless-json';
import { z } from 'zod';
import { toMinor } from '../domain/money.ts';
import type { Product } from '../domain/order.ts';
import type { Cache } from './cache.ts';
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
        price: z.string().regex(/^\d/),
        currency: z.string(),
        active: z.boolean(),
      })
      .transform(({ id, sku, name, price, currency, active }, context) => {
        try {
          const unitPrice = toMinor(price, currency);
          return { productId: id, productSku: sku, productName: name, unitPrice, currency, active };
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
  /** The products that are for sale, among those asked for. Throws ServiceFailure. */
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
      return products.filter(({ active }) => active).map(({ active, ...product }) => product);
    },
    close: () => client.close(),
  };
}

const CachedProduct: z.ZodType<Product> = z.object({
  productId: z.string(),
  productSku: z.string(),
  productName: z.string(),
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
