import type { Trace } from '../../contract/trace.ts';
import { currentWork, traceContext } from '../../platform/tracing/work.ts';

/** The request that is served now, for what it leads to in a workflow. */
export function currentTrace(): Trace {
  const { requestId } = currentWork();
  return {
    ...(requestId !== undefined && { requestId }),
    ...traceContext(),
    at: new Date().toISOString(),
  };
}
