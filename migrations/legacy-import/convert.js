import { v5 as uuidv5 } from 'uuid';
import { STATUSES, versionedHistory } from './history.js';
import { orderNumber } from './order-number.js';
import {
  bsonType,
  decimal,
  exactMinor,
  firstDate,
  madeAt,
  oneOf,
  requiredText,
  text,
  Unconvertible,
  withoutNulls,
} from './values.js';

/** @typedef {Record<string, unknown>} Doc */
/** @typedef {{ order: Doc; items: Doc[]; history: Doc[]; payments: Doc[] }} WholeOrder */
/** @typedef {WholeOrder & { notes: string[] }} Converted `notes` say what was odd about it. */

const NAMESPACE = '2f0c7a3e-7c39-5f0e-9a55-5f6c1d3b8e42';
const ADDRESS = ['street', 'city', 'state', 'postalCode', 'country'];
const METHODS = ['credit_card', 'paypal', 'bank_transfer'];
const PAYMENT_STATUSES = [
  'pending',
  'completed',
  'failed',
  'refunded',
  'unknown',
  'refund_pending',
];

/**
 * An order of the legacy service with all that belongs to it, as this service keeps it. Pure: the
 * same order gives the same documents. Fields that are not known stay as they are. Throws
 * Unconvertible.
 *
 * @param {WholeOrder} whole
 * @returns {Converted}
 */
export function convert(whole) {
  const { order, items, history, payments } = whole;
  const uuid = publicId(order);
  const currency = currencyOf(order, [...items, ...payments]);
  const createdAt = firstDate(order.createdAt) ?? madeAt(order._id);
  const updatedAt = firstDate(order.updatedAt) ?? createdAt;
  const status = oneOf(order.status, STATUSES, 'status');
  const known = { uuid, status, createdAt, updatedAt };
  const rows = versionedHistory(order, known, history);
  const shippingAddress = address(order.shippingAddress);
  const total = exactMinor(order.totalAmount, currency, 'totalAmount');
  const tax = exactMinor(order.taxAmount ?? 0, currency, 'taxAmount');
  const shipping = exactMinor(order.shippingAmount ?? 0, currency, 'shippingAmount');
  const lines = items.map((item) => convertItem(item, known, currency));
  // Without a request hash an order is known to be imported: the reconciler leaves it alone.
  const { requestHash: _hash, ...kept } = order;
  return {
    order: withoutNulls({
      ...kept,
      ...known,
      ...optionals(kept),
      orderNumber: text(order.orderNumber) || orderNumber(uuid, 0),
      userId: requiredText(order.userId, 'userId'),
      currency,
      totalAmount: decimal(total, currency),
      taxAmount: decimal(tax, currency),
      shippingAmount: decimal(shipping, currency),
      shippingAddress,
      billingAddress: order.billingAddress ? address(order.billingAddress) : shippingAddress,
      version: rows.length,
    }),
    items: lines.map(({ item }) => item),
    history: rows,
    payments: payments.map((payment) => convertPayment(payment, known, currency)),
    notes: oddities(whole, { shippingAddress, goods: total - tax - shipping, lines }),
  };
}

/** @param {Doc} item @param {{ uuid: string; createdAt: Date }} known @param {string} currency */
function convertItem(item, { uuid, createdAt }, currency) {
  const own = text(item.currency).toUpperCase() || currency;
  if (own !== currency) throw new Unconvertible(`an item is in ${own}, its order in ${currency}`);
  const quantity = Number(item.quantity);
  if (!Number.isSafeInteger(quantity) || quantity < 1) {
    throw new Unconvertible(`quantity is ${text(item.quantity) || 'missing'}`);
  }
  const madeAt = firstDate(item.createdAt) ?? createdAt;
  const price = exactMinor(item.unitPrice, currency, 'unitPrice');
  const total = exactMinor(item.totalPrice, currency, 'totalPrice');
  const discount = exactMinor(item.discountAmount ?? 0, currency, 'discountAmount');
  const converted = {
    ...withoutNulls(item),
    orderId: uuid,
    productId: requiredText(item.productId, 'productId'),
    productName: text(item.productName),
    productSku: text(item.productSku),
    quantity,
    unitPrice: decimal(price, currency),
    totalPrice: decimal(total, currency),
    discountAmount: decimal(discount, currency),
    currency,
    createdAt: madeAt,
    updatedAt: firstDate(item.updatedAt) ?? madeAt,
  };
  return { item: converted, total, discount };
}

/**
 * The key under which the legacy service charged is not known, if there was one: a key of this
 * service would claim that Payments knows it.
 *
 * @param {Doc} payment @param {{ uuid: string; createdAt: Date }} known @param {string} currency
 */
function convertPayment(payment, { uuid, createdAt }, currency) {
  const own = text(payment.currency).toUpperCase() || currency;
  const madeAt = firstDate(payment.createdAt) ?? createdAt;
  const { transactionId, metadata, ...kept } = withoutNulls(payment);
  return {
    ...kept,
    orderId: uuid,
    idempotencyKey: text(payment.idempotencyKey) || `legacy:${text(payment._id)}`,
    paymentMethod: oneOf(payment.paymentMethod, METHODS, 'paymentMethod'),
    paymentStatus: oneOf(payment.paymentStatus, PAYMENT_STATUSES, 'paymentStatus'),
    amount: decimal(exactMinor(payment.amount, own, 'amount of the payment'), own),
    currency: own,
    ...(transactionId !== undefined && { transactionId: text(transactionId) }),
    ...(metadata !== undefined && {
      metadata: isObject(metadata) ? metadata : { text: text(metadata) },
    }),
    createdAt: madeAt,
    updatedAt: firstDate(payment.updatedAt) ?? madeAt,
  };
}

/**
 * What is imported as it is, and should be known.
 *
 * @param {WholeOrder} whole
 * @param {{ shippingAddress: Doc; goods: number; lines: { total: number; discount: number }[] }} converted
 */
function oddities({ order, history }, { shippingAddress, goods, lines }) {
  const sum = lines.reduce((all, { total }) => all + total, 0);
  const discounted = lines.reduce((all, { discount }) => all - discount, sum);
  const found = {
    'orders without lines': lines.length === 0,
    'orders whose lines do not add up to their total':
      lines.length > 0 && goods !== sum && goods !== discounted,
    'orders without a currency, which got that of their lines and payments':
      text(order.currency) === '',
    'orders with an incomplete shipping address': ADDRESS.some((field) => !shippingAddress[field]),
    'orders without any history': history.length === 0,
  };
  return Object.entries(found).flatMap(([note, isSo]) => (isSo ? [note] : []));
}

/** @param {Doc} order */
function publicId(order) {
  const given = text(order.uuid).toLowerCase();
  if (given === '') return uuidv5(text(order._id), NAMESPACE);
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(given)) return given;
  throw new Unconvertible(`uuid "${given}" is none`);
}

/** The order's currency; when it has none, the one that all that belongs to it agrees on.
 * @param {Doc} order @param {Doc[]} parts */
function currencyOf(order, parts) {
  const named = [order, ...(text(order.currency) === '' ? parts : [])]
    .map((one) => text(one.currency).toUpperCase())
    .filter((currency) => currency !== '');
  const [currency, ...others] = new Set(named);
  if (currency === undefined) throw new Unconvertible('currency is missing');
  if (others.length > 0) throw new Unconvertible('currency is missing, and its parts differ');
  return currency;
}

/** @param {unknown} value @returns {Doc} */
function address(value) {
  const given = isObject(value) ? value : {};
  return { ...given, ...Object.fromEntries(ADDRESS.map((field) => [field, text(given[field])])) };
}

/** What an order need not have, in the form that it has when it is there. @param {Doc} order */
function optionals({ paidAt, shippedAt, cancelledAt, idempotencyKey, ...order }) {
  return {
    paidAt: firstDate(paidAt),
    shippedAt: firstDate(shippedAt),
    cancelledAt: firstDate(cancelledAt),
    idempotencyKey: text(idempotencyKey) || undefined,
    metadata: order.metadata && texts(order.metadata),
    cancellation: order.cancellation && { reason: '', by: '', ...texts(order.cancellation) },
    shipment: order.shipment && texts(order.shipment),
  };
}

/** @param {unknown} value @returns {Record<string, string>} */
function texts(value) {
  if (!isObject(value)) return { text: text(value) };
  const entries = Object.entries(withoutNulls(value));
  return Object.fromEntries(
    entries.map(([key, one]) => [key, isObject(one) ? JSON.stringify(one) : text(one)]),
  );
}

/** A plain object: dates and ids are texts here. @param {unknown} value @returns {value is Doc} */
function isObject(value) {
  return Object.prototype.toString.call(value) === '[object Object]' && !bsonType(value);
}
