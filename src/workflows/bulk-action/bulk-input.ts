import {
  type BulkRequest,
  PER_SECOND_LIMITS,
  type SteeringInput,
} from '../../contract/bulk-action.ts';
import { invalid, readTexts, SOMEONE } from '../actions/text-input.ts';
import { stepOptions } from '../steps/step-options.ts';

const TEXTS = ['failedStep', 'failureType', 'by', 'note'] as const;
const STEERING_TEXTS = ['by', 'note'] as const;

/** Throws Refusal validation_failed; a step that does not exist would move nothing, unnoticed. */
export function readBulkRequest(input: unknown): BulkRequest & { by: string } {
  const request = readWithRate(input, TEXTS);
  const { failedStep, failureType } = request;
  if (failedStep !== undefined && !(failedStep in stepOptions)) {
    const steps = Object.keys(stepOptions).join(', ');
    throw invalid(`names a failedStep that does not exist; there are ${steps}`);
  }
  for (const [name, value] of Object.entries({ failedStep, failureType })) {
    if (value !== undefined && !/^[\w.:-]+$/.test(value)) {
      throw invalid(`must name the ${name} as the list above writes it`);
    }
  }
  return request;
}

/** Throws Refusal validation_failed. */
export function readSteering(input: unknown): SteeringInput & { by: string } {
  return readWithRate(input, STEERING_TEXTS);
}

function readWithRate<Field extends string>(input: unknown, fields: readonly Field[]) {
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input);
  const { perSecond, ...texts } = isObject ? (input as Record<string, unknown>) : {};
  const { min, max } = PER_SECOND_LIMITS;
  const rate = perSecond ?? undefined;
  if (rate !== undefined && !(typeof rate === 'number' && rate >= min && rate <= max)) {
    throw invalid(`perSecond must be a number from ${min} to ${max}`);
  }
  return {
    by: SOMEONE,
    ...readTexts(isObject ? texts : input, fields),
    ...(rate !== undefined && { perSecond: rate }),
  };
}
