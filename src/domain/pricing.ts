import { add, type Dinero, dinero, multiply, toSnapshot } from 'dinero.js';
import { exponentOf, toMajor } from './money.ts';
import type { OrderItem, Product } from './order.ts';
import { Refusal } from './refusal.ts';

/** One line with its price; every amount is in minor units of the order's currency. */
export interface PricedLine extends OrderItem {
  productName: string;
  productSku: string;
  unitPrice: number;
  discountAmount: number;
  totalPrice: number;
}

/** sum of `totalPrice` + `taxAmount` + `shippingAmount` = `totalAmount`, to the minor unit. */
export interface PricedOrder {
  currency: string;
  lines: PricedLine[];
  taxAmount: number;
  shippingAmount: number;
  totalAmount: number;
}

interface Expectations {
  currency?: string;
  /** Decimal text in major units. */
  expectedTotal?: string;
}

/**
 * Prices an order; pure, so it runs inside the workflow.
 * Throws Refusal: product_unavailable, currency_not_supported, price_changed.
 */
export function priceOrder(
  items: readonly OrderItem[],
  products: readonly Product[],
  expectations: Expectations,
): PricedOrder {
  const catalogue = new Map(products.map((product) => [product.productId, product]));
  const missing = items.filter((item) => !catalogue.has(item.productId));
  if (missing.length > 0) {
    throw new Refusal('product_unavailable', 'Some products are unknown or not for sale', {
      lines: missing,
    });
  }
  const currency = commonCurrency(products, expectations.currency);
  const unit = { code: currency, base: 10, exponent: exponentOf(currency) };
  const money = (amount: number) => dinero({ amount, currency: unit });

  const lines = items.map((item) =>
    priceLine(item, catalogue.get(item.productId) as Product, money),
  );
  const taxAmount = 0;
  const shippingAmount = 0;
  const totalAmount = minorUnits(
    [...lines.map((line) => line.totalPrice), taxAmount, shippingAmount].map(money).reduce(add),
  );
  const priced = { currency, lines, taxAmount, shippingAmount, totalAmount };
  assertExpected(priced, expectations.expectedTotal);
  return priced;
}

function priceLine(
  item: OrderItem,
  product: Product,
  money: (amount: number) => Dinero<number, string>,
): PricedLine {
  return {
    ...item,
    productName: product.productName,
    productSku: product.productSku,
    unitPrice: product.unitPrice,
    discountAmount: 0,
    totalPrice: minorUnits(multiply(money(product.unitPrice), item.quantity)),
  };
}

function commonCurrency(products: readonly Product[], wanted: string | undefined): string {
  const currencies = new Set(products.map((product) => product.currency));
  if (wanted !== undefined) currencies.add(wanted);
  const [currency, ...others] = currencies;
  if (currency === undefined || others.length > 0) {
    throw new Refusal(
      'currency_not_supported',
      'All products must have the currency of the order',
      {
        currencies: [...currencies],
      },
    );
  }
  return currency;
}

function assertExpected(priced: PricedOrder, expectedTotal: string | undefined): void {
  const total = toMajor(priced.totalAmount, priced.currency);
  if (expectedTotal === undefined || Number(expectedTotal) === Number(total)) return;
  throw new Refusal('price_changed', 'The total is not the expected one', {
    total,
    currency: priced.currency,
    lines: priced.lines.map((line) => ({
      productId: line.productId,
      quantity: line.quantity,
      unitPrice: toMajor(line.unitPrice, priced.currency),
    })),
  });
}

function minorUnits(amount: Dinero<number, string>): number {
  const minor = toSnapshot(amount).amount;
  if (!Number.isSafeInteger(minor)) {
    throw new Refusal('validation_failed', 'The total of the order is too large');
  }
  return minor;
}
