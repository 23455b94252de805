import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context } from '@temporalio/activity';
import { defaultPayloadConverter } from '@temporalio/common';
import type { ActivityInterceptors } from '@temporalio/worker';
import { ATTEMPT, type AttemptInfo } from '../../contract/order.ts';

const current = new AsyncLocalStorage<AttemptInfo>();

/** How the workflow asked for the attempt that runs; undefined outside the steps of an order. */
export function attemptInfo(): AttemptInfo | undefined {
  return current.getStore();
}

/** Reads the header that the workflow's steps send along. */
export function readAttemptInfo(_context: Context): ActivityInterceptors {
  return {
    inbound: {
      execute(input, next) {
        const payload = input.headers[ATTEMPT];
        if (payload === undefined) return next(input);
        const info = defaultPayloadConverter.fromPayload<AttemptInfo>(payload);
        return current.run(info, () => next(input));
      },
    },
  };
}
