import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ServiceFailure } from '../../src/clients/http/service-failure.ts';
import { createProductsService, type ProductsService } from '../../src/clients/products.ts';

let server: Server;
let products: ProductsService;
let priced: { price: string; currency: string };
beforeAll(async () => {
  server = createServer((_request, response) => {
    const { price, currency } = priced;
    response.setHeader('Content-Type', 'application/json').end(
      `{"products":[{"id":"P-1","sku":"S","name":"Mug","price":${price},
        "currency":"${currency}","active":true}]}`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  products = createProductsService(`http://127.0.0.1:${port}`, 1_000);
});
afterAll(() => {
  products?.close();
  server?.close();
});

const find = (price: string, currency: string) => {
  priced = { price, currency };
  return products.findProducts(['P-1']);
};

describe('a price in the catalogue', () => {
  it.each([
    ['19.99', 'EUR', 1999],
    ['10.10', 'EUR', 1010],
    ['0', 'EUR', 0],
    ['0.29', 'EUR', 29],
    ['1800', 'JPY', 1800],
    ['3.125', 'KWD', 3125],
    // As a floating-point number it would be …91.
    ['90071992547409.90', 'EUR', 9_007_199_254_740_990],
  ])('%s %s is %d in minor units, digit by digit', async (price, currency, unitPrice) => {
    expect(await find(price, currency)).toMatchObject([{ unitPrice, currency }]);
  });

  it.each([
    ['19.999', 'EUR'],
    ['1.5', 'JPY'],
    ['-5', 'EUR'],
    ['90071992547409.92', 'EUR'],
    ['"19,99"', 'EUR'],
    ['null', 'EUR'],
  ])('%s %s is an answer that cannot be used', async (price, currency) => {
    await expect(find(price, currency)).rejects.toThrow(ServiceFailure);
  });

  it.each(['XTS', 'BTC', 'eur'])('in %s is a definite no', async (currency) => {
    await expect(find('5', currency)).rejects.toMatchObject({
      code: 'currency_not_supported',
      details: { currencies: [currency] },
    });
  });
});
