import type { AskedFor } from '../../contract/order.ts';
import type { Failure } from '../steps/failure.ts';
import type { StepName } from '../steps/step-options.ts';

/** One step that is stuck. */
export interface StuckStep {
  readonly step: StepName;
  readonly since: Date;
  readonly failure: Failure;
  /** When it was tried last, as far as the order knows, and the pause until the next try. */
  readonly lastTry: Date;
  readonly pauseMs: number;
  /** For the timeline of the Web UI. */
  readonly summary: string;
  onRetry: (asked: AskedFor) => void;
  triesAgain(pauseMs: number): void;
  failedAgain(failure: Failure): void;
}

/**
 * Whether a person has to see to this order. What only fails at the broker is mended there, for all
 * orders at once: they go on meanwhile, publish by themselves, and have one alarm together.
 */
export function needsPerson({ step, failure }: Pick<StuckStep, 'step' | 'failure'>): boolean {
  return !(step === 'publishEvents' && failure.type.startsWith('rabbitmq_'));
}
