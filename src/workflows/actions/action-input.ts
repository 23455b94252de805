import type { OperatorInput } from '../../contract/order.ts';
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
] as const;

/** Throws Refusal validation_failed for what is not an object of short texts. */
export function readActionInput(input: unknown): ActionRequest {
  return { by: SOMEONE, ...readTexts(input, FIELDS) };
}
