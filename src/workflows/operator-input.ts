import type { OperatorInput } from '../contract.ts';
import { Refusal } from '../domain/refusal.ts';

/** What came with an operator's action, made safe: short texts, and always a name. */
export type OperatorRequest = OperatorInput & { by: string };

const FIELDS = ['by', 'note', 'reason', 'transactionId', 'carrier', 'trackingNumber'] as const;
const MAX_LENGTH = 200;

/**
 * Operators type this by hand in the Web UI, or leave it out.
 * Throws Refusal validation_failed for what is not an object of short texts.
 */
export function readOperatorInput(input: unknown): OperatorRequest {
  const given = input ?? {};
  if (typeof given !== 'object' || Array.isArray(given)) throw invalid('must be a JSON object');
  const request: OperatorRequest = { by: 'operator (Web UI)' };
  for (const [name, value] of Object.entries(given)) {
    const field = FIELDS.find((known) => known === name);
    if (field === undefined) throw invalid(`has no field ${name.slice(0, 40)}`);
    if (value === undefined || value === null || value === '') continue;
    if (typeof value !== 'string' || value.length > MAX_LENGTH) {
      throw invalid(`${name} must be a text of at most ${MAX_LENGTH} characters`);
    }
    request[field] = value;
  }
  return request;
}

function invalid(detail: string): Refusal {
  return new Refusal('validation_failed', `The input ${detail}`);
}
