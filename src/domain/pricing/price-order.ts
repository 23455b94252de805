import type { Address, OrderItem, Product } from '../order.ts';
import { Refusal } from '../refusal.ts';
import { allocate } from './allocation.ts';
import { type Arithmetic, arithmetic, type Rounding } from './arithmetic.ts';
import { MoneyError, toMajor, toMinor } from './money.ts';
import { type ShippingSettings, shippingPolicy } from './shipping.ts';
import { type TaxSettings, taxPolicy } from './tax.ts';

/** How orders are priced; recorded with each order, so that a change spares open ones. */
export interface PricingSettings {
  tax: TaxSettings;
  shipping: ShippingSettings;
  rounding: Rounding;
}

export const defaultPricing: PricingSettings = {
  tax: { policy: 'none' },
  shipping: { policy: 'none' },
  rounding: 'half-up',
};

/** What the stored order says of its pricing: which policies it was priced by. */
export interface PricingNames {
  tax: string;
  shipping: string;
  rounding: string;
}

/**
 * One line with its price; every amount is net and in minor units of the order's currency.
 * `totalPrice` is `unitPrice` times `quantity`, before the discount.
 */
export interface PricedLine extends OrderItem {
  productName: string;
  productSku: string;
  unitPrice: number;
  discountAmount: number;
  totalPrice: number;
}

/**
 * sum of `totalPrice` - sum of `discountAmount` + `taxAmount` + `shippingAmount` = `totalAmount`,
 * to the minor unit.
 */
export interface PricedOrder {
  currency: string;
  lines: PricedLine[];
  taxAmount: number;
  shippingAmount: number;
  totalAmount: number;
  pricing: PricingNames;
}

interface Terms {
  shippingAddress: Address;
  /** Absent from orders that were placed before there were policies. */
  pricing?: PricingSettings;
  currency?: string;
  /** Decimal text in major units. */
  expectedTotal?: string;
}

/**
 * Prices an order; pure, so it runs inside the workflow. `discountAmount`, in minor units, is taken
 * off the goods as a whole and is at most their worth; nothing grants one today.
 * Throws Refusal: product_unavailable, currency_not_supported, country_not_supported,
 * nothing_to_pay, price_changed, validation_failed (too large).
 */
export function priceOrder(
  items: readonly OrderItem[],
  products: readonly Product[],
  terms: Terms,
  discountAmount = 0,
): PricedOrder {
  const catalogue = new Map(products.map((product) => [product.productId, product]));
  const missing = items.filter((item) => !catalogue.has(item.productId));
  if (missing.length > 0) {
    throw new Refusal('product_unavailable', 'Some products are unknown or not for sale', {
      lines: missing,
    });
  }
  const { shippingAddress: destination, pricing = defaultPricing } = terms;
  const currency = commonCurrency(products, terms.currency);
  const calculate = arithmetic(currency, pricing.rounding);

  const lines = discounted(
    items.map((item) => priceLine(item, catalogue.get(item.productId) as Product, calculate)),
    discountAmount,
  );
  const worth = calculate.sum(lines.map(netOf));
  const shippingAmount = shippingPolicy(pricing.shipping)({ lines, worth, currency, destination });
  const tax = taxPolicy(pricing.tax);
  const taxAmount = calculate.sum([
    ...lines.map((line) => calculate.percentage(netOf(line), tax.ofLine(line, destination))),
    calculate.percentage(shippingAmount, tax.ofShipping(destination)),
  ]);
  const priced = {
    currency,
    lines,
    taxAmount,
    shippingAmount,
    totalAmount: calculate.sum([worth, taxAmount, shippingAmount]),
    pricing: {
      tax: pricing.tax.policy,
      shipping: pricing.shipping.policy,
      rounding: pricing.rounding,
    },
  };
  assertExpected(priced, terms.expectedTotal);
  if (priced.totalAmount === 0) {
    throw new Refusal('nothing_to_pay', 'The total is 0, and no payment service charges that');
  }
  return priced;
}

function priceLine(
  item: OrderItem,
  { productName, productSku, unitPrice }: Product,
  { times }: Arithmetic,
): PricedLine {
  const totalPrice = times(unitPrice, item.quantity);
  return { ...item, productName, productSku, unitPrice, discountAmount: 0, totalPrice };
}

function discounted(lines: readonly PricedLine[], discount: number): PricedLine[] {
  const shares = allocate(
    discount,
    lines.map((line) => line.totalPrice),
  );
  return lines.map((line, index) => ({ ...line, discountAmount: shares[index] ?? 0 }));
}

function netOf(line: PricedLine): number {
  return line.totalPrice - line.discountAmount;
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
  const { currency, totalAmount } = priced;
  if (expectedTotal === undefined || minorOf(expectedTotal, currency) === totalAmount) return;
  const major = (minor: number) => toMajor(minor, currency);
  throw new Refusal('price_changed', 'The total is not the expected one', {
    total: major(totalAmount),
    taxAmount: major(priced.taxAmount),
    shippingAmount: major(priced.shippingAmount),
    currency,
    lines: priced.lines.map(({ productId, quantity, ...line }) => ({
      productId,
      quantity,
      unitPrice: major(line.unitPrice),
      discountAmount: major(line.discountAmount),
      totalPrice: major(line.totalPrice),
    })),
  });
}

/** Undefined for what no total of this currency can be, such as "1.5" JPY. */
function minorOf(amount: string, currency: string): number | undefined {
  try {
    return toMinor(amount, currency);
  } catch (error) {
    if (error instanceof MoneyError) return undefined;
    throw error;
  }
}
