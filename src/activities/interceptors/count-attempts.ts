import type { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { ActivityInterceptors } from '@temporalio/worker';
import { Counter } from 'prom-client';

const attempts = new Counter({
  name: 'orders_step_attempts_total',
  help: 'Attempts of steps by how they ended (ok, refused, failed), and whether one had failed before',
  labelNames: ['step', 'outcome', 'retry'],
});

/** Counts every attempt of an activity. Those of releaseStock and voidPayment compensate. */
export function countAttempts({ info }: Context): ActivityInterceptors {
  const labels = { step: info.activityType, retry: `${info.attempt > 1}` };
  return {
    inbound: {
      async execute(input, next) {
        try {
          const result = await next(input);
          attempts.inc({ ...labels, outcome: 'ok' });
          return result;
        } catch (error) {
          attempts.inc({ ...labels, outcome: isRefusal(error) ? 'refused' : 'failed' });
          throw error;
        }
      },
    },
  };
}

/** An answer that is no failure: see `asFailure`. */
export function isRefusal(error: unknown): boolean {
  return (
    error instanceof ApplicationFailure && error.category === ApplicationFailureCategory.BENIGN
  );
}
