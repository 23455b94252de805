import type { BulkRequest } from '../../contract/stuck-orders.ts';
import { invalid, readTexts, SOMEONE } from '../actions/text-input.ts';
import { stepOptions } from '../steps/step-options.ts';

export type ReadBulkRequest = BulkRequest & { by: string };

const FIELDS = ['failedStep', 'failureType', 'by', 'note', 'actionId'] as const;

/** Throws Refusal validation_failed; a step that does not exist would move nothing, unnoticed. */
export function readBulkRequest(input: unknown): ReadBulkRequest {
  const texts = readTexts(input, FIELDS);
  const { failedStep, failureType, actionId } = texts;
  // A program has counted what it means: orders may wait at a step that only older code had.
  if (failedStep !== undefined && actionId === undefined && !(failedStep in stepOptions)) {
    const steps = Object.keys(stepOptions).join(', ');
    throw invalid(`names a failedStep that does not exist; there are ${steps}`);
  }
  for (const [name, value] of Object.entries({ failedStep, failureType })) {
    if (value !== undefined && !/^[\w.:-]+$/.test(value)) {
      throw invalid(`must name the ${name} as the list above writes it`);
    }
  }
  return { ...texts, by: texts.by ?? SOMEONE };
}
