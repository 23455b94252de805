import type { DeskOrder } from '../contract-desk.ts';
import { stepOptions } from './steps/step-options.ts';
import { invalid, readTexts, SOMEONE } from './text-input.ts';

export type DeskRequest = DeskOrder & { by: string };

const FIELDS = ['failedStep', 'failureType', 'by', 'note'] as const;

/** Throws Refusal validation_failed; a step that does not exist would move nothing, unnoticed. */
export function readDeskOrder(input: unknown): DeskRequest {
  const texts = readTexts(input, FIELDS);
  const { failedStep, failureType } = texts;
  if (failedStep !== undefined && !(failedStep in stepOptions)) {
    const steps = Object.keys(stepOptions).join(', ');
    throw invalid(`names a failedStep that does not exist; there are ${steps}`);
  }
  if (failureType !== undefined && !/^[\w.:-]+$/.test(failureType)) {
    throw invalid('must name the failureType as the list above writes it');
  }
  return { ...texts, by: texts.by ?? SOMEONE };
}
