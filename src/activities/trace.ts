import type { Context } from '@temporalio/activity';
import { defaultPayloadConverter } from '@temporalio/common';
import type { ActivityInterceptors } from '@temporalio/worker';
import { orderIdOf, TRACE } from '../contract.ts';
import { type Trace, traced } from '../trace.ts';

/** Lets an activity's calls and log lines say to which request and order they go back. */
export function traceActivity({ info }: Context): ActivityInterceptors {
  const orderId = orderIdOf(info.workflowExecution?.workflowId);
  return {
    inbound: {
      execute(input, next) {
        const payload = input.headers[TRACE];
        const trace = payload && defaultPayloadConverter.fromPayload<Trace>(payload);
        return traced.run({ ...trace, ...(orderId !== undefined && { orderId }) }, () =>
          next(input),
        );
      },
    },
  };
}
