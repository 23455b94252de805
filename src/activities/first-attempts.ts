import { setTimeout } from 'node:timers/promises';
import { Refusal } from '../domain/refusal.ts';

type Steps = Record<string, (...args: never[]) => Promise<unknown>>;

/** The first attempts of some steps, each of which may take so long, in milliseconds. */
interface FirstAttempts {
  calls: { step: string; args: unknown[] }[];
  limitMs: number;
}

/** How an attempt ended; of a failure, the next attempt tells more. */
type Attempted =
  | { value?: unknown }
  | { refusal: Pick<Refusal, 'code' | 'message' | 'details'> }
  | { failed: true };

/**
 * Makes the first attempts of several steps at once, and answers how each of them ended: one local
 * activity, where each of them alone would cost the worker an activation of the workflow.
 */
export function createFirstAttempts(steps: Steps) {
  return async ({ calls, limitMs }: FirstAttempts): Promise<Attempted[]> => {
    const late = setTimeout(limitMs, { failed: true } as const, { ref: false });
    return Promise.all(calls.map(({ step, args }) => Promise.race([attempt(step, args), late])));
  };

  async function attempt(step: string, args: unknown[]): Promise<Attempted> {
    try {
      return { value: await steps[step]?.(...(args as never[])) };
    } catch (error) {
      if (!(error instanceof Refusal)) return { failed: true };
      const { code, message, details } = error;
      return { refusal: { code, message, details } };
    }
  }
}
