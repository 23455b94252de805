import type { OperatorInput } from '../contract.ts';
import { readTexts, SOMEONE } from './text-input.ts';

/** What came with an operator's action, made safe: short texts, and always a name. */
export type OperatorRequest = OperatorInput & { by: string };

const FIELDS = [
  'by',
  'expectedVersion',
  'note',
  'reason',
  'transactionId',
  'carrier',
  'trackingNumber',
] as const;

/** Throws Refusal validation_failed for what is not an object of short texts. */
export function readOperatorInput(input: unknown): OperatorRequest {
  return { by: SOMEONE, ...readTexts(input, FIELDS) };
}
