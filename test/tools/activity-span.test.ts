import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { Context } from '@temporalio/activity';
import { ApplicationFailure, defaultPayloadConverter } from '@temporalio/common';
import { activitySpan } from '../../src/activities/interceptors/activity-span.ts';
import { ACTION_TRACE, TRACE, type Trace } from '../../src/contract/trace.ts';
import { callHeaders } from '../../src/platform/tracing/work.ts';

const exporter = new InMemorySpanExporter();
beforeAll(() => {
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );
});
afterEach(() => exporter.reset());
afterAll(() => trace.disable());

const DAY_MS = 86_400_000;

function traceOf(digit: string, agoMs: number): Trace {
  return {
    requestId: `r-${digit}`,
    traceparent: `00-${digit.repeat(32)}-${digit.repeat(16)}-01`,
    at: new Date(Date.now() - agoMs).toISOString(),
  };
}

/** Runs an attempt as a worker does, and answers its span. */
async function attempt(
  traces: Partial<Record<typeof TRACE | typeof ACTION_TRACE, Trace>>,
  run: () => Promise<unknown> = async () => undefined,
) {
  const info = {
    activityType: 'chargePayment',
    activityId: '7',
    attempt: 3,
    workflowExecution: { workflowId: 'order-o-1', runId: 'run' },
  };
  const headers = Object.fromEntries(
    Object.entries(traces).map(([name, one]) => [name, defaultPayloadConverter.toPayload(one)]),
  );
  const { inbound } = activitySpan({ info } as unknown as Context);
  await inbound?.execute?.({ args: [], headers }, run).catch(() => undefined);
  const [span] = exporter.getFinishedSpans();
  if (span === undefined) throw new Error('no span was recorded');
  return {
    traceId: span.spanContext().traceId,
    parent: span.parentSpanContext?.spanId,
    links: span.links.map(({ context }) => context.traceId),
    attributes: span.attributes,
    status: span.status.code,
  };
}

describe('an attempt of a step', () => {
  it('soon after the request is a part of its trace', async () => {
    expect(await attempt({ [TRACE]: traceOf('a', 60_000) })).toMatchObject({
      traceId: 'a'.repeat(32),
      parent: 'a'.repeat(16),
      links: [],
      attributes: { temporalWorkflowId: 'order-o-1', 'temporal.activity.attempt': 3 },
    });
  });

  it('days later is a trace of its own, with a link to that of the request', async () => {
    let headers: Record<string, string> = {};
    const span = await attempt({ [TRACE]: traceOf('a', 3 * DAY_MS) }, async () => {
      headers = callHeaders();
    });
    expect(span).toMatchObject({ parent: undefined, links: ['a'.repeat(32)] });
    expect(span.traceId).not.toBe('a'.repeat(32));
    expect(headers).toMatchObject({
      'X-Request-Id': 'r-a',
      traceparent: expect.stringContaining(span.traceId),
    });
  });

  it('that an operator asked for is a part of the trace of the operator', async () => {
    const traces = { [TRACE]: traceOf('a', 3 * DAY_MS), [ACTION_TRACE]: traceOf('b', 1_000) };
    expect(await attempt(traces)).toMatchObject({
      traceId: 'b'.repeat(32),
      links: ['a'.repeat(32)],
    });
  });

  it('of a request that was not traced has a trace all the same', async () => {
    const span = await attempt({ [TRACE]: { requestId: 'r-1', at: new Date().toISOString() } });
    expect(span).toMatchObject({ parent: undefined, links: [] });
  });

  it.each([
    ['fails is marked', undefined, 2],
    ['is refused is none that failed', 'BENIGN', 0],
  ] as const)('that %s', async (_name, category, status) => {
    const run = async () => {
      throw ApplicationFailure.create({ message: 'of Ana', category });
    };
    const span = await attempt({ [TRACE]: traceOf('a', 0) }, run);
    expect(span.status).toBe(status);
    expect(JSON.stringify(span)).not.toContain('Ana');
  });
});
