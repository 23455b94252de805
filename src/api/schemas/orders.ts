import { z } from '@hono/zod-openapi';
import { iso31661 } from 'iso-3166';
import { addressTexts } from '../../domain/address.ts';
import { holdsCardNumber } from '../../domain/card-number.ts';
import { paymentMethods } from '../../domain/order.ts';
import { orderStatuses } from '../../domain/order-status.ts';
import { isUnicode, TEXT } from '../../domain/text.ts';

/** What a person or another system calls something, such as a tracking number. */
export const identifier = (max: number) =>
  z
    .string()
    .max(max)
    .trim()
    .regex(TEXT, 'must not be blank or contain control characters')
    .refine(isUnicode, 'must be Unicode');

/** A free text, in which no card number may be stored. */
export const text = (max: number) =>
  identifier(max).refine((value) => !holdsCardNumber(value), {
    params: { card: true },
    error: 'must not hold the number of a payment card',
  });

const COUNTRIES = iso31661.map(({ alpha2 }) => alpha2);

const exampleAddress = {
  street: 'Calle Mayor 1',
  city: 'Madrid',
  state: 'Madrid',
  postalCode: '28013',
  country: 'ES',
};
export const Address = z
  .strictObject({
    street: text(addressTexts.street),
    city: text(addressTexts.city),
    state: text(addressTexts.state),
    postalCode: text(addressTexts.postalCode),
    country: z.enum(COUNTRIES, 'must be a country code such as ES (ISO 3166-1)'),
  })
  .openapi('Address', {
    example: exampleAddress,
  });

export const productId = z.string().regex(/^[\w-]{1,64}$/, 'must be the id of a product');
export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, 'must be a currency code such as EUR (ISO 4217)');

/** BSON and JavaScript keep names with "_", "$" or "." in front or within to themselves. */
const METADATA_KEY = /^[A-Za-z0-9][\w-]{0,63}$/;
/** Words that are functions where JavaScript or BSON looks for them. */
const RESERVED_KEYS = [
  ...['constructor', 'hasOwnProperty', 'isPrototypeOf', 'propertyIsEnumerable', 'prototype'],
  ...['then', 'toBSON', 'toJSON', 'toLocaleString', 'toString', 'valueOf'],
];
const METADATA_ENTRIES = 20;

const metadataKey = z
  .string()
  .regex(METADATA_KEY, 'must be 1 to 64 of A-Z a-z 0-9 _ -, a letter or a digit first')
  .refine((key) => !RESERVED_KEYS.includes(key), 'is a reserved key');

export const PlaceOrder = z
  .strictObject({
    items: z
      .array(z.strictObject({ productId, quantity: z.int().min(1).max(1000) }))
      .min(1)
      .max(100),
    shippingAddress: Address,
    billingAddress: Address.optional(),
    paymentMethod: z.enum(paymentMethods),
    paymentToken: text(200).optional(),
    currency: currency.optional(),
    expectedTotal: z
      .union([
        z.number().nonnegative().openapi({ format: 'double' }),
        z.string().regex(/^\d{1,15}(\.\d{1,4})?$/),
      ])
      .transform(String)
      .optional()
      .openapi({ description: 'In major units, such as 59.98' }),
    metadata: z
      .record(metadataKey, text(500))
      .refine((map) => Object.keys(map).length <= METADATA_ENTRIES, {
        error: `must have at most ${METADATA_ENTRIES} entries`,
      })
      .optional()
      .meta({
        propertyNames: { pattern: METADATA_KEY.source, not: { enum: RESERVED_KEYS } },
        maxProperties: METADATA_ENTRIES,
      }),
  })
  .openapi('PlaceOrder', {
    description: 'Without a `billingAddress` it is the `shippingAddress`',
    example: {
      items: [{ productId: 'P-1001', quantity: 2 }],
      shippingAddress: exampleAddress,
      paymentMethod: 'credit_card',
    },
  });
export type PlaceOrder = z.output<typeof PlaceOrder>;

/** As it is recorded: what a service before this one took may be less than what is asked for here. */
export const StoredAddress = z
  .object({
    street: z.string(),
    city: z.string(),
    state: z.string(),
    postalCode: z.string(),
    country: z.string(),
  })
  .openapi('StoredAddress');

export const amount = z
  .number()
  .openapi({ format: 'double', description: 'In major units', example: 59.98 });

/** An amount exactly: as decimal text in major units, and as an integer in minor units. */
export const total = z
  .object({ amount: z.string(), minor: z.int().openapi({ format: 'int64' }), currency })
  .openapi('Amount', {
    description: 'Exactly: in major units as a decimal, and in minor units',
    example: { amount: '59.98', minor: 5998, currency: 'EUR' },
  });

export const Order = z
  .object({
    orderId: z.uuid(),
    orderNumber: z.string().openapi({ example: 'ORD-7K3M-Q9XD' }),
    userId: z.string(),
    status: z.enum(orderStatuses),
    version: z.int(),
    currency,
    total,
    tax: total,
    shipping: total,
    totalAmount: amount,
    taxAmount: amount,
    shippingAmount: amount,
    pricing: z
      .object({ tax: z.string(), shipping: z.string(), rounding: z.string() })
      .optional()
      .openapi({
        description: 'The policies it was priced by; absent from old orders',
        example: { tax: 'by-country', shipping: 'flat-rate', rounding: 'half-up' },
      }),
    items: z.array(
      z.object({
        lineId: z.string().openapi({ example: '9f2c51d07b3e4a6688c10000' }),
        productId: z.string(),
        productName: z.string(),
        productSku: z.string(),
        quantity: z.int(),
        unitPrice: amount,
        discountAmount: amount,
        totalPrice: amount,
        price: total.openapi({ description: 'Of one' }),
        discount: total,
        total: total.openapi({ description: 'Of all of them, before the discount' }),
      }),
    ),
    shippingAddress: StoredAddress,
    billingAddress: StoredAddress,
    metadata: z.record(z.string(), z.string()).optional(),
    shipment: z
      .object({ carrier: z.string().optional(), trackingNumber: z.string().optional() })
      .optional(),
    cancellation: z
      .object({
        reason: z.string(),
        by: z.string().openapi({
          description: 'The customer, "system", "reconciler" or "support"; admins see names',
          example: 'system',
        }),
      })
      .optional(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    paidAt: z.iso.datetime().optional(),
    shippedAt: z.iso.datetime().optional(),
    cancelledAt: z.iso.datetime().optional(),
    deliveredAt: z.iso.datetime().optional(),
    refundedTotal: total
      .optional()
      .openapi({ description: 'What was given back; absent when nothing was' }),
  })
  .openapi('Order');

export const Accepted = z
  .object({ orderId: z.uuid(), status: z.literal('accepted') })
  .openapi('Accepted', { description: 'The order is taken and is being worked on' });
