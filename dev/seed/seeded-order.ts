import { createHash } from 'node:crypto';
import mongoose from 'mongoose';
import { products } from '../../simulators/catalogue.ts';
import { seededRandom } from '../../simulators/faults/random.ts';
import type { OrderStatus } from '../../src/domain/order-status.ts';
import { exponentOf } from '../../src/domain/pricing/money.ts';
import { decimal } from '../../src/store/documents.ts';
import type {
  HistoryDocument,
  ItemDocument,
  OrderDocument,
  PaymentDocument,
} from '../../src/store/models.ts';

type WithId<T> = T & { _id: mongoose.Types.ObjectId };

/** One order's documents, by the names of their collections. */
interface SeededOrder {
  orders: WithId<OrderDocument>[];
  orderitems: WithId<ItemDocument>[];
  orderstatushistory: WithId<HistoryDocument>[];
  payments: WithId<PaymentDocument>[];
}

/** How orders end, and how many of ten do. */
const lives: readonly (readonly OrderStatus[])[] = [
  ...Array<OrderStatus[]>(6).fill(['CREADO', 'PAGADO', 'ENVIADO']),
  ...Array<OrderStatus[]>(2).fill(['CREADO', 'PAGADO']),
  ['CREADO', 'CANCELADO'],
  ['CREADO'],
];
const stamps = { PAGADO: 'paidAt', ENVIADO: 'shippedAt', CANCELADO: 'cancelledAt' } as const;
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const cities = ['Madrid', 'Sevilla', 'Valencia', 'Bilbao', 'Zaragoza'];
const DAY_MS = 24 * 3_600_000;
const FIRST_DAY = Date.UTC(2024, 0, 1);
const DAYS = 730;

/** The n-th order of a seed: the same documents each time. Amounts add up to the minor unit. */
export function seededOrder(n: number, { seed, users }: { seed: string; users: number }) {
  const hash = createHash('sha256').update(`${seed}:${n}`).digest();
  const random = seededRandom(`${seed}:${n}`);
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T;

  const orderId = uuidOf(hash);
  const life = pick(lives);
  const status = life.at(-1) as OrderStatus;
  const createdAt = new Date(FIRST_DAY + Math.floor(random() * DAYS * DAY_MS));
  const at = (step: number) => new Date(createdAt.getTime() + step * 90_000);
  const userId = `seed-user-${Math.floor(random() * users)}`;
  const idOf = (part: number) => {
    // Ascending, as those of real orders: an index that grows at its end is fast.
    const bytes = Buffer.from(createHash('sha256').update(seed).digest().subarray(0, 12));
    bytes.writeUIntBE(n, 4, 6);
    bytes.writeUInt16BE(part, 10);
    return new mongoose.Types.ObjectId(bytes);
  };

  const first = pick(products);
  const { currency } = first;
  const same = products.filter((product) => product.currency === currency);
  const lines = [first, ...(random() < 0.5 ? [pick(same)] : [])].map((product) => {
    const unitPrice = Math.round(product.price * 10 ** exponentOf(currency));
    const quantity = 1 + Math.floor(random() * 3);
    return { product, quantity, unitPrice, totalPrice: unitPrice * quantity };
  });
  const total = lines.reduce((sum, line) => sum + line.totalPrice, 0);
  const city = pick(cities);
  const address = {
    street: `Calle Mayor ${1 + Math.floor(random() * 200)}`,
    city,
    state: city,
    postalCode: `${10_000 + Math.floor(random() * 40_000)}`,
    country: 'ES',
  };
  const updatedAt = at(life.length - 1);
  const order: WithId<OrderDocument> = {
    _id: idOf(0),
    uuid: orderId,
    orderNumber: numberOf(hash),
    userId,
    status,
    version: life.length,
    currency,
    totalAmount: decimal(total, currency),
    taxAmount: decimal(0, currency),
    shippingAmount: decimal(0, currency),
    shippingAddress: address,
    billingAddress: address,
    createdAt,
    updatedAt,
    ...Object.fromEntries(
      life.flatMap((to, step) => (to === 'CREADO' ? [] : [[stamps[to], at(step)]])),
    ),
    ...(status === 'CANCELADO' && { cancellation: { reason: 'payment_declined', by: 'system' } }),
    ...(status === 'ENVIADO' && { shipment: { carrier: 'Correos', trackingNumber: `CX${n}` } }),
  };
  return {
    orders: [order],
    orderitems: lines.map(({ product, quantity, unitPrice, totalPrice }, index) => ({
      _id: idOf(index),
      orderId,
      productId: product.id,
      productName: product.name,
      productSku: product.sku,
      quantity,
      unitPrice: decimal(unitPrice, currency),
      totalPrice: decimal(totalPrice, currency),
      discountAmount: decimal(0, currency),
      currency,
      createdAt,
      updatedAt: createdAt,
    })),
    orderstatushistory: life.map((to, step) => ({
      _id: idOf(step),
      orderId,
      status: to,
      comment: step === 0 ? 'order placed' : `became ${to}`,
      createdAt: at(step),
      createdBy: step === 0 ? userId : 'system',
      version: step + 1,
    })),
    payments:
      status === 'CREADO'
        ? []
        : [
            {
              _id: idOf(0),
              orderId,
              idempotencyKey: `${orderId}:charge`,
              paymentMethod: pick(['credit_card', 'paypal', 'bank_transfer'] as const),
              paymentStatus: status === 'CANCELADO' ? ('failed' as const) : ('completed' as const),
              amount: decimal(total, currency),
              currency,
              ...(status !== 'CANCELADO' && { transactionId: `seed-${n}` }),
              createdAt: at(1),
              updatedAt: at(1),
            },
          ],
  } satisfies SeededOrder;
}

function uuidOf(hash: Buffer): string {
  const hex = hash.toString('hex');
  const part = (from: number, to: number) => hex.slice(from, to);
  return `${part(0, 8)}-${part(8, 12)}-4${part(13, 16)}-8${part(17, 20)}-${part(20, 32)}`;
}

/** Twelve letters, not eight as real ones: a million of them must not meet. */
function numberOf(hash: Buffer): string {
  const letters = [...hash.subarray(12, 24)].map((byte) => alphabet[byte % 32]).join('');
  return `ORD-${letters.slice(0, 4)}-${letters.slice(4, 8)}-${letters.slice(8, 12)}`;
}
