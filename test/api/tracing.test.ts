import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { orderBody } from '../support/api/requests.ts';
import { eventually } from '../support/eventually.ts';
import { untilStatus } from '../support/orders/orders.ts';
import { type ReceivedSpan, startCollector } from '../support/otlp-collector.ts';
import { type Programs, startPrograms } from '../support/programs/programs.ts';
import { fault } from '../support/services/services.ts';
import { type Stack, startStack } from '../support/stack.ts';

let stack: Stack;
let collector: Awaited<ReturnType<typeof startCollector>>;
let programs: Programs;
beforeAll(async () => {
  collector = await startCollector();
  stack = await startStack({}, { worker: false });
  programs = await startPrograms(stack, {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_BSP_SCHEDULE_DELAY: '50',
  });
}, 60_000);
afterAll(async () => {
  await programs?.kill();
  await stack?.stop();
  await collector?.stop();
});

/** The trace of a caller, who records it. */
function callerTrace() {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceId, spanId, headers: { traceparent: `00-${traceId}-${spanId}-01` } };
}

async function place(trace: ReturnType<typeof callerTrace>, by = programs): Promise<string> {
  const response = await by.request('/api/orders', {
    method: 'POST',
    body: orderBody({ paymentToken: 'tok_secret_of_the_card' }),
    headers: trace.headers,
  });
  expect(response.status).toBe(201);
  return ((await response.json()) as { orderId: string }).orderId;
}

/** The one span of this name in a trace; of those that repeat, the last. */
function span(traceId: string, name: string): ReceivedSpan {
  const found = collector.spans.findLast((one) => one.traceId === traceId && one.name === name);
  if (found === undefined) {
    const names = collector.spans.filter((one) => one.traceId === traceId).map((one) => one.name);
    throw new Error(`no span ${name} among ${names.join(', ')}`);
  }
  return found;
}

describe('a trace', () => {
  it('leads from the request through the steps of the order to what they call', async () => {
    const caller = callerTrace();
    const orderId = await place(caller);
    await untilStatus(stack, orderId, 'PAGADO');
    const named = (name: string) => span(caller.traceId, name);
    // What ends last in either program.
    await eventually(() => [named('POST /api/orders'), named('publish order.status_changed')]);
    await eventually(() => named('RunActivity:publishEvents'));

    const request = named('POST /api/orders');
    expect(request).toMatchObject({
      service: 'orders-api',
      parentSpanId: caller.spanId,
      attributes: { 'http.route': '/api/orders', 'http.response.status_code': 201 },
    });
    expect(named('UpdateWithStartWorkflow:awaitPlacement').parentSpanId).toBe(request.spanId);
    for (const step of ['checkOrder', 'placeOrder', 'chargePayment', 'recordTransition']) {
      expect(named(`RunActivity:${step}`)).toMatchObject({
        service: 'orders-worker',
        parentSpanId: request.spanId,
        attributes: { temporalWorkflowId: `order-${orderId}` },
        links: [],
      });
    }
    const charge = named('POST payments');
    expect(charge.parentSpanId).toBe(named('RunActivity:chargePayment').spanId);
    expect(charge.attributes).toMatchObject({ 'http.response.status_code': 201 });
    expect(named('POST inventory').parentSpanId).toBe(named('RunActivity:placeOrder').spanId);
    const commands = collector.spans.filter(
      (one) => one.parentSpanId === named('RunActivity:placeOrder').spanId,
    );
    expect(commands.map(({ attributes }) => attributes['db.collection.name'])).toContain('orders');
    expect(named('publish order.paid').parentSpanId).toBe(
      named('RunActivity:publishEvents').spanId,
    );
  });

  it('goes on with those who consume the events', async () => {
    const caller = callerTrace();
    const orderId = await place(caller);
    await eventually(async () => {
      const events = await stack.events.of(orderId);
      const paid = events.find(({ type }) => type === 'order.paid');
      const publishing = span(caller.traceId, 'publish order.paid');
      const traceparent = `00-${caller.traceId}-${publishing.spanId}-01`;
      expect(paid).toMatchObject({ traceparent });
    });
  });

  it('tells nothing of customers', async () => {
    const caller = callerTrace();
    await place(caller);
    await eventually(() => span(caller.traceId, 'publish order.paid'));
    const text = JSON.stringify(collector.spans);
    for (const secret of ['"ana"', 'Calle Mayor', 'tok_secret']) expect(text).not.toContain(secret);
  });

  it('of an operator has the step that was retried, with a link to the trace of the order', async () => {
    const repair = await fault(stack, 'payments', {
      route: 'POST /api/payments',
      kind: 'errorBefore',
    });
    const [caller, operator] = [callerTrace(), callerTrace()];
    const orderId = await place(caller);
    const workflow = stack.client.workflow.getHandle(`order-${orderId}`);
    await eventually(async () => {
      const { searchAttributes, raw } = await workflow.describe();
      expect(searchAttributes.FailedStep).toEqual(['chargePayment']);
      // The first try of a stuck step follows at once: it has failed too.
      expect(raw.pendingActivities).toMatchObject([{ attempt: 2 }]);
    });
    const failed = await eventually(() => span(caller.traceId, 'POST payments'));
    expect(failed).toMatchObject({ status: 2, attributes: { 'error.type': '503' } });

    await repair();
    const retried = await programs.request(`/api/admin/orders/${orderId}/retry`, {
      method: 'POST',
      role: 'admin',
      headers: operator.headers,
    });
    expect(retried.status).toBe(200);
    await untilStatus(stack, orderId, 'PAGADO');
    const request = await eventually(() =>
      span(operator.traceId, 'POST /api/admin/orders/:id/retry'),
    );
    const step = await eventually(() => span(operator.traceId, 'RunActivity:chargePayment'));
    expect(step.links).toMatchObject([{ traceId: caller.traceId }]);
    expect(span(operator.traceId, 'UpdateWorkflow:retry').parentSpanId).toBe(request.spanId);
  });
});

describe('a collector that is not there', () => {
  it('holds up no order and no stop, and the log says so', async () => {
    const alone = await startPrograms(stack, {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      OTEL_BSP_SCHEDULE_DELAY: '50',
      LOG_LEVEL: 'warn',
    });
    try {
      await untilStatus(stack, await place(callerTrace(), alone), 'PAGADO');
      await eventually(() => expect(alone.api.output()).toContain('spans are not sent'));
      expect(await Promise.all([alone.api.stop(), alone.worker.stop()])).toEqual([0, 0]);
    } finally {
      await alone.kill();
    }
  }, 60_000);
});
