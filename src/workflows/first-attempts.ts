import {
  CancellationScope,
  condition,
  proxyLocalActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/activities.ts';
import { Refusal } from '../domain/refusal.ts';
import type { StepName } from './recipes.ts';

type Attempted = Awaited<ReturnType<Activities['attemptSteps']>>[number];

interface Call {
  step: StepName;
  args: unknown[];
  resolve: (attempted: Attempted) => void;
}

/** Less than this is not worth an attempt. */
const SHORTEST_MS = 50;

/**
 * Makes the first attempts of steps inside the workflow task, as local activities. Live, a local
 * activity ends in an activation of its own; on replay it ends as soon as it is wanted. Two rules
 * keep the commands in the same order all the same:
 * - one at a time: what is wanted at once goes into one, and what is wanted meanwhile into the next;
 * - none outlives its workflow task, whose end other events would follow: all that a task makes
 *   share its time, and what comes too late for it goes straight to the next stage.
 */
export class FirstAttempts {
  #waiting: Call[] = [];
  #task = 0;
  #endOfTask = 0;

  /** How long the attempts of one workflow task may take in all, in milliseconds. */
  constructor(readonly limitMs: number) {
    void CancellationScope.nonCancellable(() => this.#run());
  }

  /** Answers what the step did, or undefined when it failed or was not tried. Throws Refusal. */
  async attempt(step: StepName, args: unknown[]): Promise<{ value?: unknown } | undefined> {
    const attempted = await new Promise<Attempted>((resolve) => {
      this.#waiting.push({ step, args, resolve });
    });
    if ('failed' in attempted) return undefined;
    if (!('refusal' in attempted)) return attempted;
    const { code, message, details } = attempted.refusal;
    throw new Refusal(code, message, details);
  }

  async #run(): Promise<void> {
    for (;;) {
      await condition(() => this.#waiting.length > 0);
      const calls = this.#waiting;
      this.#waiting = [];
      const limitMs = this.#timeLeft();
      const attempted = limitMs < SHORTEST_MS ? [] : await attemptAll(calls, limitMs);
      calls.forEach(({ resolve }, index) => {
        resolve(attempted[index] ?? { failed: true });
      });
    }
  }

  #timeLeft(): number {
    const { historyLength } = workflowInfo();
    const now = Date.now();
    if (historyLength !== this.#task) {
      this.#task = historyLength;
      this.#endOfTask = now + this.limitMs;
    }
    return this.#endOfTask - now;
  }
}

/** Answers nothing when the worker was too busy to end them in their time. */
async function attemptAll(calls: Call[], limitMs: number): Promise<Attempted[]> {
  const { attemptSteps } = proxyLocalActivities<Activities>({
    startToCloseTimeout: limitMs + 500,
    retry: { maximumAttempts: 1 },
    summary: calls.map(({ step }) => step).join(', '),
  });
  try {
    return await attemptSteps({
      calls: calls.map(({ step, args }) => ({ step, args })),
      limitMs,
    });
  } catch {
    return [];
  }
}
