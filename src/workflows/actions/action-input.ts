import type { AskedFor, OperatorInput } from '../../contract/order.ts';
import type { Address } from '../../domain/order.ts';
import { readTexts, SOMEONE } from './text-input.ts';

/** What came with an action, made safe: short texts, and always a name. */
export type ActionRequest = OperatorInput & { by: string };

const FIELDS = [
  'by',
  'expectedVersion',
  'note',
  'reason',
  'transactionId',
  'carrier',
  'trackingNumber',
  'paymentMethod',
  'paymentToken',
  'bulkAction',
] as const;

/** Whether it is for this order alone. */
export function askedFor({ bulkAction }: OperatorInput): AskedFor {
  return bulkAction === undefined ? 'alone' : 'amongMany';
}

/** Throws Refusal validation_failed for what is not an object of short texts. */
export function readActionInput(input: unknown): ActionRequest {
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input);
  if (!isObject) return { by: SOMEONE, ...readTexts(input, FIELDS) };
  // Read by the one action that has a use for it, which knows where the order goes.
  const { shippingAddress, ...texts } = input as Record<string, unknown>;
  return {
    ...{ by: SOMEONE, ...readTexts(texts, FIELDS) },
    ...(shippingAddress !== undefined && { shippingAddress: shippingAddress as Address }),
  };
}
