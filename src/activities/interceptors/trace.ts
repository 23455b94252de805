import type { Context } from '@temporalio/activity';
import { defaultPayloadConverter } from '@temporalio/common';
import type { ActivityInterceptors } from '@temporalio/worker';
import { orderIdOf, TRACE } from '../../contract/order.ts';
import { type Trace, traced } from '../../platform/tracing.ts';

/** Lets an activity's calls and log lines say to which request and order they go back. */
export function traceActivity({ info }: Context): ActivityInterceptors {
  const orderId = orderIdOf(info.workflowExecution?.workflowId);
  let trace: Partial<Trace> & { orderId?: string } = orderId === undefined ? {} : { orderId };
  return {
    inbound: {
      execute(input, next) {
        const payload = input.headers[TRACE];
        if (payload) trace = { ...defaultPayloadConverter.fromPayload<Trace>(payload), ...trace };
        return traced.run(trace, () => next(input));
      },
    },
    // The SDK says that an activity failed when it has left the interceptor above.
    outbound: { getLogAttributes: (input, next) => next({ ...input, ...trace }) },
  };
}
